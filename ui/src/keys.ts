// Keys for lists: j and k walk the rows, x chooses one, Enter opens, / goes to the search. Never while somebody writes.

export function moveByKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else if (event.key === "x") choose();
    else if (event.key === "/") toSearch(event);
  });
  bringChooseAll();
}

function isWriting(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement && target.type === "checkbox") return false;
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName));
}

function walk(step: number): void {
  const rows = [...document.querySelectorAll<HTMLAnchorElement>("[data-rows] a[data-row]")];
  if (!rows.length) return;
  const here = document.activeElement?.closest("tr");
  const at = rows.findIndex((row) => row === document.activeElement || (here && row.closest("tr") === here));
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[next]?.focus();
}

function choose(): void {
  document.activeElement?.closest("[data-rows] tr")?.querySelector<HTMLInputElement>("input[name=matter]")?.click();
}

function bringChooseAll(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-choose-all]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const ticks = [...document.querySelectorAll<HTMLInputElement>("[data-rows] input[name=matter]")];
    const all = ticks.every((tick) => tick.checked);
    for (const tick of ticks) tick.checked = !all;
  });
}

function toSearch(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLInputElement>("input[type=search]");
  if (!field) return;
  event.preventDefault();
  field.focus();
}
