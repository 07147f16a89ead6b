// How many characters are left in a long text; said politely and only near the end.

const NEAR_END = 0.8;

export function countLetters(): void {
  for (const field of document.querySelectorAll<HTMLTextAreaElement>("textarea[data-left]")) {
    const says = document.getElementById(field.dataset["left"] ?? "");
    if (says) field.addEventListener("input", () => show(field, says));
  }
}

function show(field: HTMLTextAreaElement, says: HTMLElement): void {
  const near = field.value.length >= field.maxLength * NEAR_END;
  says.textContent = near ? `${field.value.length} / ${field.maxLength}` : "";
}
