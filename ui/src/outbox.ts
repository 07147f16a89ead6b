// The field worker's outbox: forms that are sent go into the phone first and from there to the city, in their order,
// each once; the pages one needs outside are taken along. Without script, or where the phone keeps nothing, the same
// forms go straight to the city.
import { account, become, canKeep, carried, carriedAt, carry, keep, one, save, type Item } from "./outbox-keeping";
import { changed, moment, openPanel, word } from "./outbox-panel";
import { flush, startSending, whenAnswered } from "./outbox-sending";
import { smaller } from "./outbox-photos";

const CARRY_AGAIN_MS = 3 * 60_000;
const CARRY_TRY_MS = 20_000;
const PATIENCE_MS = 8_000;
// A phone whose store has not opened by then counts as one that keeps nothing, so that no form is held up for ever.
const GO_ON_MS = 8_000;
// A page goes on to the next only soon after something was sent, and never while somebody writes.
const LABEL_MAX = 60;
const OWN_FIELDS = new Set(["form_word", "key", "expect", "photo"]);
const home = document.body.dataset["grid"] ?? "";

interface Taken {
  account: string;
  pages: Record<string, string>;
}

let written = 0;

// A form may be sent before the store is open; it is taken at once and waits here.
const ready = begin().catch((error: unknown) => (console.error(error), false));
document.documentElement.classList.add("with-script");
document.addEventListener("input", () => (written = Date.now()));
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!home || !(form instanceof HTMLFormElement)) return;
  if ("leave" in form.dataset) void leave(event, form);
  else if ("outbox" in form.dataset) void submit(event, form);
});

// Whether this phone keeps what is sent; the page then shows its outbox.
async function begin(): Promise<boolean> {
  if (!home || !(await canKeep())) return false;
  install();
  const signedIn = document.body.dataset["account"] ?? "";
  if (signedIn) await become(signedIn);
  if (document.body.dataset["shell"]) await fillShell();
  else if (signedIn) void takeAlong(CARRY_AGAIN_MS);
  openPanel();
  bringPositions();
  await takeUpChange();
  startSending(changed, () => void takeAlong(0));
  if (signedIn) setInterval(() => void takeAlong(CARRY_AGAIN_MS), CARRY_TRY_MS);
  document.documentElement.classList.add("with-outbox");
  return true;
}

function install(): void {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.register(`${home}/worker.js`, { scope: home }).catch(() => {});
}

// The page this address stands for, as it was taken along.
async function fillShell(): Promise<void> {
  const page = await carried(location.pathname);
  for (const tab of document.querySelectorAll<HTMLAnchorElement>(".tabs a")) {
    if (tab.pathname === location.pathname) tab.setAttribute("aria-current", "page");
  }
  const [from, into] = [document.getElementById("carried-from"), document.getElementById("carried")];
  if (!page || !from || !into) {
    document.getElementById("not-carried")!.hidden = false;
    return;
  }
  into.innerHTML = page.html;
  from.textContent = (from.dataset["says"] ?? "").replace("{when}", moment(page.at));
  from.hidden = false;
}

// The pages one needs outside, anew where those on the phone are older than this; without a network, they stay.
async function takeAlong(age: number): Promise<void> {
  if (!navigator.onLine || Date.now() - (await carriedAt()) < age) return;
  const headers = { accept: "application/json" };
  const response = await fetch(`${home}/carried`, { headers, redirect: "manual" }).catch(() => null);
  const told = response?.ok ? ((await response.json().catch(() => null)) as Taken | null) : null;
  if (!told || told.account !== (await account())) return;
  const at = Date.now();
  await carry(Object.entries(told.pages).map(([path, html]) => ({ path, html, at })));
}

// What the store answers, or nothing where it takes too long.
function inTime<T>(answer: Promise<T>): Promise<T | undefined> {
  return Promise.race([answer, new Promise<undefined>((late) => setTimeout(late, PATIENCE_MS))]);
}

// Where nothing can be kept, the form goes on as without script; its button has no name that would then be missing.
async function submit(event: Event, form: HTMLFormElement): Promise<void> {
  event.preventDefault();
  if (!form.reportValidity()) return;
  const button = form.querySelector<HTMLButtonElement>("button:not([type=button])");
  if (button) button.disabled = true;
  addEventListener("beforeunload", stay);
  const keeps = await inTime(ready);
  try {
    if (keeps) await take(form);
  } finally {
    removeEventListener("beforeunload", stay);
    if (button) button.disabled = false;
  }
  if (!keeps) form.submit();
}

// Until it is on disk, leaving would lose it: the browser asks.
function stay(event: Event): void {
  event.preventDefault();
}

async function take(form: HTMLFormElement): Promise<void> {
  const name = await account();
  if (!name) return tell(form, word("nobody"), true);
  const item = await itemOf(form, name);
  let seq: number;
  try {
    const before = Number(form.dataset["change"] ?? 0);
    seq = before ? (await save({ ...item, seq: before }), before) : await keep(item);
  } catch {
    return tell(form, word("noRoom"), true);
  }
  removeEventListener("beforeunload", stay);
  void navigator.storage?.persist?.();
  changed();
  const now = Date.now();
  whenAnswered(seq, (page) => {
    if (page === null) document.getElementById("outbox-list")?.setAttribute("open", "");
    else if (page && Date.now() - now < GO_ON_MS && written < now) location.assign(page);
  });
  tell(form, word("kept"), false);
  clear(form);
  await flush();
}

async function itemOf(form: HTMLFormElement, name: string): Promise<Omit<Item, "seq">> {
  const filled = [...new FormData(form)];
  const fields = filled.filter((each): each is [string, string] => typeof each[1] === "string" && !OWN_FIELDS.has(each[0]));
  const files = filled.map(([, value]) => value).filter((value): value is File => value instanceof File && value.size > 0);
  const most = Number(form.dataset["photos"] ?? 0);
  const photos = await Promise.all(files.slice(0, most).map(async (file) => ({ blob: await smaller(file), ref: "" })));
  const before = form.dataset["change"] ? await one(Number(form.dataset["change"])) : undefined;
  const text = String(filled.find(([field]) => field === "text")?.[1] ?? "").slice(0, LABEL_MAX);
  return {
    key: crypto.randomUUID(),
    account: name,
    path: new URL(form.action).pathname,
    page: location.pathname,
    label: (form.dataset["label"] ?? "").replace("{text}", text),
    fields,
    photos: photos.length ? photos : (before?.photos ?? []),
    made: before?.made ?? Date.now(),
    state: "waiting",
    said: "",
  };
}

function tell(form: HTMLFormElement, text: string, isFault: boolean): void {
  const says = form.querySelector<HTMLElement>("[data-outcome]");
  if (!says) return;
  says.textContent = text;
  says.classList.toggle("fault", isFault);
  says.hidden = false;
}

// Empty for the next one; the place stays chosen, for it is mostly the same.
function clear(form: HTMLFormElement): void {
  delete form.dataset["change"];
  const place = form.querySelector<HTMLSelectElement>("select[name=place]")?.value ?? "";
  form.reset();
  for (const name of ["lon", "lat"]) setField(form, name, "");
  setField(form, "place", place);
  form.querySelector<HTMLElement>("[required]")?.focus();
}

function setField(form: HTMLFormElement, name: string, value: string): void {
  const field = form.elements.namedItem(name);
  if (field instanceof RadioNodeList) {
    for (const each of field) if (each instanceof HTMLInputElement) each.checked ||= each.value === value;
  } else if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = field.value === value;
  else if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement) {
    field.value = value;
  }
}

// What was not accepted, back in its form: sending it again takes the place it had.
async function takeUpChange(): Promise<void> {
  const seq = Number(new URL(location.href).searchParams.get("change"));
  const item = seq ? await one(seq) : undefined;
  if (!item) return;
  const forms = [...document.querySelectorAll<HTMLFormElement>("form[data-outbox]")];
  const form = forms.find((each) => new URL(each.action).pathname === item.path);
  if (!form) return;
  form.dataset["change"] = String(seq);
  for (const [name, value] of item.fields) setField(form, name, value);
  form.closest("details")?.setAttribute("open", "");
  form.closest<HTMLElement>("details")?.removeAttribute("hidden");
  tell(form, item.said.startsWith("#") ? "" : item.said, true);
  form.scrollIntoView();
}

// On the way out, nothing that can be read stays on the phone; what waits stays until it is sent.
async function leave(event: Event, form: HTMLFormElement): Promise<void> {
  event.preventDefault();
  await inTime(ready.then(() => become(""))).catch(() => {});
  form.submit();
}

function bringPositions(): void {
  if (!navigator.geolocation || !window.isSecureContext) return;
  for (const part of document.querySelectorAll<HTMLElement>("[data-position]")) {
    part.hidden = false;
    part.querySelector("button")?.addEventListener("click", () => locate(part));
  }
}

function locate(part: HTMLElement): void {
  const form = part.closest("form");
  const says = part.querySelector("[role=status]");
  if (!form || !says) return;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      setField(form, "lon", coords.longitude.toFixed(6));
      setField(form, "lat", coords.latitude.toFixed(6));
      form.querySelector("select[name=place]")?.removeAttribute("required");
      says.textContent = (part.dataset["found"] ?? "").replace("{m}", String(Math.ceil(coords.accuracy)));
    },
    () => (says.textContent = part.dataset["failed"] ?? ""),
    { enableHighAccuracy: true, timeout: 20_000, maximumAge: 30_000 },
  );
}
