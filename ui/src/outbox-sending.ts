// Sends what waits, the oldest first and one after the other. Only a receipt of the city takes something out of the
// outbox; an answer that cannot be understood, such as the page of a hotel's network, counts as none.
import { become, drop, following, save, type Item } from "./outbox-keeping";

export type Standing = "idle" | "sending" | "offline" | "later" | "sign-in";

type Outcome = { is: "sent"; page: string } | { is: "refused"; said: string; status: number } | Holding;
type Holding = { is: "later"; seconds: number } | { is: "sign-in" } | { is: "stale" };
type Answer = { ok: boolean; status: number; body: Record<string, unknown> | null; wait: number };
type Word = { account: string; word: string };

const ANSWER_MS = 60_000;
const FIRST_MS = 250;
const LONGEST_MS = 60_000;
const EVERY_MS = 20_000;
const LATER = new Set([408, 425, 429]);

let standing: Standing = "idle";
let tries = 0;
let timer = 0;
let word: Word | null = null;
let told: () => void = () => {};
let arrived: () => void = () => {};
let isAsked = false;
const settled = new Map<number, (page: string | null) => void>();

export function standingNow(): Standing {
  return standing;
}

// Begins: at once, whenever there is a network again, when the app comes to the front, and every now and then.
export function startSending(changed: () => void, allArrived: () => void): void {
  told = changed;
  arrived = allArrived;
  addEventListener("online", () => void flush());
  addEventListener("offline", () => stand("offline"));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void flush();
  });
  setInterval(() => void flush(), EVERY_MS);
  void flush();
}

// Calls back once this very item was answered: with the page to go on to, or with null where it was not accepted.
export function whenAnswered(seq: number, then: (page: string | null) => void): void {
  settled.set(seq, then);
}

// One pass over the outbox; of several tabs only one sends. What is kept while a pass is at its end came too late for
// it, so another one follows.
export async function flush(): Promise<void> {
  if (!navigator.onLine) return stand("offline");
  if (!navigator.locks) return pass();
  isAsked = true;
  await navigator.locks.request("shancheng-outbox", { ifAvailable: true }, async (lock) => {
    while (lock && isAsked) {
      isAsked = false;
      await pass();
    }
  });
}

// A word is good for whoever was signed in when it was given; another sign-in makes it stale, so that nothing is ever
// sent under another name than that of whoever did it.
async function pass(): Promise<void> {
  clearTimeout(timer);
  const given = (word ??= await freshWord());
  if (!given) return later(0);
  if (!given.account) return signIn();
  await become(given.account);
  let after = 0;
  for (let item = await following(after, given.account); item; item = await following(after, given.account)) {
    stand("sending");
    const outcome = await send(item, given);
    if (outcome.is === "sign-in") return signIn();
    if (outcome.is === "stale") word = null;
    if (outcome.is === "stale") return later(0);
    if (outcome.is === "later") return later(outcome.seconds);
    tries = 0;
    after = item.seq;
    await settle(item, outcome);
  }
  stand("idle");
  if (after) arrived();
}

function signIn(): void {
  word = null;
  stand("sign-in");
}

async function settle(item: Item, outcome: { is: "sent"; page: string } | { is: "refused"; said: string; status: number }) {
  if (outcome.is === "sent") await drop(item.seq);
  else await save({ ...item, state: "parked", said: outcome.said || `#${outcome.status}` });
  settled.get(item.seq)?.(outcome.is === "sent" ? outcome.page : null);
  settled.delete(item.seq);
  told();
}

function stand(now: Standing): void {
  const changed = now !== standing;
  standing = now;
  if (changed) told();
}

// Later again: soon after the first failure, then more and more seldom, never in step with other phones.
function later(seconds: number): void {
  const pause = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 10)) * (0.75 + Math.random() / 2);
  tries += 1;
  stand("later");
  clearTimeout(timer);
  timer = window.setTimeout(() => void flush(), Math.max(pause, seconds * 1000));
}

async function freshWord(): Promise<Word | null> {
  const answer = await ask(`${home()}/word`, { method: "GET" });
  if (!answer?.ok || !answer.body) return null;
  return { account: String(answer.body["account"] ?? ""), word: String(answer.body["word"] ?? "") };
}

async function send(item: Item, word: Word): Promise<Outcome> {
  for (const photo of item.photos.filter((each) => !each.ref)) {
    const form = begun(word);
    form.set("photo", photo.blob, "photo.jpg");
    const answer = await ask(`${home()}/photos`, { method: "POST", body: form });
    const ref = answer?.ok ? answer.body?.["photo"] : undefined;
    if (typeof ref !== "string") return held(answer);
    photo.ref = ref;
    await save(item);
  }
  const answer = await ask(item.path, { method: "POST", body: whole(item, word) });
  const isReceipt = answer?.ok && typeof answer.body?.["matter"] === "string";
  return isReceipt ? { is: "sent", page: String(answer.body?.["page"] ?? "") } : held(answer);
}

function whole(item: Item, word: Word): FormData {
  const form = begun(word);
  for (const [name, value] of item.fields) form.append(name, value);
  for (const photo of item.photos) form.append("photo_ref", photo.ref);
  form.set("key", item.key);
  form.set("age", String(Math.max(0, Math.round((Date.now() - item.made) / 1000))));
  return form;
}

function begun(word: Word): FormData {
  const form = new FormData();
  form.set("form_word", word.word);
  return form;
}

// What an answer that is no receipt means for what waits.
function held(answer: Answer | null): Outcome {
  if (!answer || answer.status >= 500 || LATER.has(answer.status)) return { is: "later", seconds: answer?.wait ?? 0 };
  if (answer.status === 0 || answer.status === 401) return { is: "sign-in" };
  if (answer.status === 403) return { is: "stale" };
  if (answer.ok || answer.status < 400) return { is: "later", seconds: 0 };
  return { is: "refused", said: String(answer.body?.["sentence"] ?? ""), status: answer.status };
}

async function ask(path: string, how: RequestInit): Promise<Answer | null> {
  try {
    const response = await fetch(path, {
      ...how,
      headers: { accept: "application/json" },
      redirect: "manual",
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const isJson = (response.headers.get("content-type") ?? "").startsWith("application/json");
    const body = isJson ? ((await response.json()) as Record<string, unknown>) : null;
    return { ok: response.ok, status: response.status, body, wait: Number(response.headers.get("retry-after")) || 0 };
  } catch {
    return null;
  }
}

function home(): string {
  return document.body.dataset["grid"] ?? "";
}
