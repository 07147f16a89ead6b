// "Use my position": fills longitude and latitude into the form and sends it. The words come from the page.

export function bringPosition(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-position]")) {
    if (!navigator.geolocation || !window.isSecureContext) continue;
    button.hidden = false;
    button.addEventListener("click", () => ask(button));
  }
}

function ask(button: HTMLButtonElement): void {
  const form = button.form;
  const says = document.getElementById(button.dataset["says"] ?? "");
  if (!form) return;
  button.disabled = true;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      fill(form, "lon", coords.longitude);
      fill(form, "lat", coords.latitude);
      button.disabled = false;
      form.requestSubmit(form.querySelector<HTMLButtonElement>("button[value=locate]"));
    },
    () => {
      button.disabled = false;
      if (says) says.textContent = button.dataset["failed"] ?? "";
    },
    { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
  );
}

function fill(form: HTMLFormElement, name: string, value: number): void {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = value.toFixed(6);
}
