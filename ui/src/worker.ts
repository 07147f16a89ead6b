// The service worker of the field pages. It keeps the shell and nothing else: no list, no matter, no photo. When the
// city cannot be reached, every page of its scope is the shell, which the outbox fills from what the phone took along.

interface Shell {
  home: string;
  page: string;
  files: string[];
  version: string;
}
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Lasting {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Worker {
  SHELL: Shell;
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(name: "install" | "activate", work: (event: Lasting) => void): void;
  addEventListener(name: "fetch", work: (event: Fetching) => void): void;
}

const worker = self as unknown as Worker;
const shell = worker.SHELL;
const PREFIX = `grid:${shell.home}:`;
const OURS = PREFIX + shell.version;
const PATIENCE_MS = 8_000;

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname;
  if (request.method !== "GET") return;
  if (shell.files.includes(path)) event.respondWith(kept(request));
  else if (request.mode === "navigate" && isHome(path)) event.respondWith(page(request));
});

function isHome(path: string): boolean {
  return path === shell.home || path.startsWith(`${shell.home}/`);
}

async function install(): Promise<void> {
  const cache = await caches.open(OURS);
  await cache.addAll([shell.page, ...shell.files]);
  await worker.skipWaiting();
}

async function activate(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== OURS).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

async function kept(request: Request): Promise<Response> {
  return (await (await caches.open(OURS)).match(request)) ?? fetch(request);
}

// The page as the city has it; the shell where it does not come within a few seconds.
async function page(request: Request): Promise<Response> {
  const frame = async () => (await (await caches.open(OURS)).match(shell.page)) ?? Response.error();
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
  try {
    return (await Promise.race([fetch(request), late])) ?? (await frame());
  } catch {
    return frame();
  }
}
