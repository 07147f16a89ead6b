// What the phone keeps: acts and reports that wait, in the order in which they were made, and the pages it took along.
// The order is a number that the database counts up, so it survives reloads; a random key would lose it.

export interface Photo {
  blob: Blob;
  ref: string;
}

export interface Item {
  seq: number;
  key: string;
  account: string;
  path: string;
  page: string;
  label: string;
  fields: [string, string][];
  photos: Photo[];
  made: number;
  state: "waiting" | "parked";
  said: string;
}

export interface Carried {
  path: string;
  html: string;
  at: number;
}

const NAME = "shancheng-outbox";
let opening: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("items", { keyPath: "seq", autoIncrement: true });
      request.result.createObjectStore("pages", { keyPath: "path" });
      request.result.createObjectStore("facts");
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opening;
}

type Shelf = "items" | "pages" | "facts";

async function within<T>(
  shelf: Shelf,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const open = await database();
  return new Promise((resolve, reject) => {
    const transaction = open.transaction(shelf, mode, { durability: "strict" });
    const request = work(transaction.objectStore(shelf));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? request.error);
  });
}

// Whether anything can be kept here at all; some browsers forbid it in private windows.
export async function canKeep(): Promise<boolean> {
  try {
    await database();
    return true;
  } catch {
    return false;
  }
}

// Keeps something new behind everything that waits; resolves once it is on disk, with its number.
export async function keep(item: Omit<Item, "seq">): Promise<number> {
  return Number(await within("items", "readwrite", (store) => store.add(item)));
}

export async function save(item: Item): Promise<void> {
  await within("items", "readwrite", (store) => store.put(item));
}

export async function drop(seq: number): Promise<void> {
  await within("items", "readwrite", (store) => store.delete(seq));
}

export function one(seq: number): Promise<Item | undefined> {
  return within("items", "readonly", (store) => store.get(seq) as IDBRequest<Item | undefined>);
}

export function all(): Promise<Item[]> {
  return within("items", "readonly", (store) => store.getAll() as IDBRequest<Item[]>);
}

// The first one that waits behind a number, of an account.
export async function following(seq: number, account: string): Promise<Item | undefined> {
  const open = await database();
  return new Promise((resolve, reject) => {
    const request = open.transaction("items").objectStore("items").openCursor(IDBKeyRange.lowerBound(seq, true));
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const cursor = request.result;
      const item = cursor?.value as Item | undefined;
      if (!cursor || (item?.state === "waiting" && item.account === account)) resolve(item);
      else cursor.continue();
    };
  });
}

export async function account(): Promise<string> {
  return (await within("facts", "readonly", (store) => store.get("account") as IDBRequest<string | undefined>)) ?? "";
}

// Who is signed in now. Pages that were taken along for another account are thrown away; what waits is not.
export async function become(name: string): Promise<void> {
  if ((await account()) === name) return;
  await within("pages", "readwrite", (store) => store.clear());
  await within("facts", "readwrite", (store) => store.put(name, "account"));
}

// Takes pages along in place of those taken before.
export async function carry(pages: Carried[]): Promise<void> {
  const open = await database();
  await new Promise<void>((resolve, reject) => {
    const transaction = open.transaction("pages", "readwrite");
    const store = transaction.objectStore("pages");
    store.clear();
    for (const page of pages) store.put(page);
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

export function carried(path: string): Promise<Carried | undefined> {
  return within("pages", "readonly", (store) => store.get(path) as IDBRequest<Carried | undefined>);
}

export async function carriedAt(): Promise<number> {
  const path = document.body.dataset["grid"] ?? "";
  return (await carried(path))?.at ?? 0;
}
