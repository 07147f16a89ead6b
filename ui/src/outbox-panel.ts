// Shows what waits: always how many, why, and what was not accepted with the sentence that says why. Words are the page's.
import { account, all, drop, save, type Item } from "./outbox-keeping";
import { flush, standingNow } from "./outbox-sending";

const SHOWN_MOST = 50;
const CALM_MS = 200;

let panel: HTMLElement | null = null;
let planned = 0;
let had = false;

export function openPanel(): void {
  panel = document.getElementById("outbox");
  if (!panel) return;
  panel.hidden = false;
  panel.addEventListener("click", (event) => void act(event));
  new BroadcastChannel("shancheng-outbox").onmessage = () => show();
  show();
}

// A message of the page, with a number put in.
export function word(name: string, values: Record<string, string | number> = {}): string {
  let said = panel?.dataset[name] ?? "";
  for (const [key, value] of Object.entries(values)) said = said.replace(`{${key}}`, String(value));
  return said;
}

// Tells other tabs, too, and shows at most a few times a second.
export function changed(): void {
  new BroadcastChannel("shancheng-outbox").postMessage("");
  show();
}

function show(): void {
  if (planned) return;
  planned = window.setTimeout(() => {
    planned = 0;
    void draw();
  }, CALM_MS);
}

async function draw(): Promise<void> {
  if (!panel) return;
  const [items, name] = [await all(), await account()];
  const own = items.filter((item) => item.account === name);
  const waiting = own.filter((item) => item.state === "waiting");
  const parked = own.filter((item) => item.state === "parked");
  const others = items.length - own.length;
  const number = new Intl.NumberFormat(document.documentElement.lang);
  set("outbox-count", word("waiting", { n: number.format(waiting.length) }));
  set("outbox-parked", parked.length ? word("parked", { n: number.format(parked.length) }) : "");
  set("outbox-others", others ? word("ofOthers", { n: number.format(others) }) : "");
  set("outbox-says", says(waiting.length));
  const signIn = document.getElementById("outbox-sign-in");
  if (signIn) signIn.hidden = standingNow() !== "sign-in" || !items.length;
  panel.classList.toggle("has-parked", parked.length > 0);
  panel.classList.toggle("has-waiting", waiting.length > 0);
  list([...parked, ...waiting]);
  mark(waiting);
  had ||= waiting.length > 0;
}

function set(id: string, text: string): void {
  const found = document.getElementById(id);
  if (!found) return;
  found.hidden = !text;
  if (found.textContent !== text) found.textContent = text;
}

function says(waiting: number): string {
  const standing = standingNow();
  if (standing === "offline") return word("offline");
  if (!waiting) return had ? word("sent") : "";
  if (standing === "sign-in") return word("signIn");
  return standing === "later" ? word("later") : word("sending");
}

function list(items: Item[]): void {
  const details = document.getElementById("outbox-list");
  const shape = document.getElementById("outbox-item");
  const rows = details?.querySelector("ol");
  if (!details || !rows || !(shape instanceof HTMLTemplateElement)) return;
  details.hidden = !items.length;
  const made = items.slice(0, SHOWN_MOST).map((item) => row(shape, item));
  if (items.length > SHOWN_MOST) {
    const more = document.createElement("li");
    more.textContent = word("more", { n: items.length - SHOWN_MOST });
    made.push(more);
  }
  rows.replaceChildren(...made);
}

// Day and time of day, as the city's pages write them.
export function moment(at: number): string {
  const lang = document.documentElement.lang;
  const how = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return new Date(at).toLocaleString(lang === "en" ? "en-GB" : lang, how);
}

function row(shape: HTMLTemplateElement, item: Item): HTMLElement {
  const made = document.importNode(shape.content, true).firstElementChild as HTMLElement;
  const part = (name: string) => made.querySelector<HTMLElement>(`[data-part=${name}]`);
  made.dataset["seq"] = String(item.seq);
  part("label")!.textContent = item.label;
  part("made")!.textContent = moment(item.made);
  part("made")!.setAttribute("datetime", new Date(item.made).toISOString());
  if (item.state === "parked") {
    const said = part("said")!;
    said.textContent = item.said.startsWith("#") ? word("refused", { status: item.said.slice(1) }) : item.said;
    said.hidden = part("acts")!.hidden = false;
    made.querySelector("a")!.href = `${item.page}?change=${item.seq}`;
  }
  return made;
}

// Matters and acts of the page that wait here are marked, so that nobody does them twice.
function mark(waiting: Item[]): void {
  const paths = waiting.map((item) => item.path);
  for (const matter of document.querySelectorAll<HTMLElement>("[data-matter]")) {
    const waits = paths.some((path) => path.includes(`/matters/${matter.dataset["matter"]}/`));
    matter.querySelector<HTMLElement>(".waits")!.hidden = !waits;
  }
  const forms = [...document.querySelectorAll<HTMLFormElement>("main details form[data-outbox]")];
  const done = new Set(forms.filter((form) => paths.includes(new URL(form.action).pathname)).map(verbOf));
  for (const form of forms) {
    const act = form.closest<HTMLElement>("details[data-verb]");
    const after = act?.dataset["after"];
    if (act && after) act.hidden = !done.has(after);
    if (act && verbOf(form) === "sign") act.hidden = done.has("sign");
  }
  const note = document.querySelector<HTMLElement>("[data-waits]");
  if (note) note.hidden = !done.size;
}

function verbOf(form: HTMLFormElement): string {
  return form.closest<HTMLElement>("details[data-verb]")?.dataset["verb"] ?? "";
}

async function act(event: Event): Promise<void> {
  const button = (event.target as HTMLElement).closest<HTMLElement>("[data-do]");
  const seq = Number(button?.closest<HTMLElement>("li")?.dataset["seq"]);
  const item = seq ? (await all()).find((each) => each.seq === seq) : undefined;
  if (!item) return;
  if (button?.dataset["do"] === "again") await save({ ...item, state: "waiting", said: "" });
  else if (button?.dataset["do"] === "drop" && confirm(word("sure"))) await drop(seq);
  else return;
  changed();
  void flush();
}
