// What a nurse's phone keeps of the round while there is no coverage: in IndexedDB, encrypted with AES-GCM.
//
// The key is made here, cannot be read out by any script, and goes with the rest at hand-over and logout. It lies in the
// same browser as what it opens. So it protects copies of the data that are taken without it: a log, another script's
// dump, a value that somebody reads in the browser's own tools. It does not protect against whoever unlocks the phone and
// opens the page, nor against a copy of the browser's whole folder. For that there are the phone's lock and the wipe.
const NAME = "round";
const KEY = "key";
const ALGORITHM = "AES-GCM";

/** Keep a value under an id. Without a key one is made: the first value begins a shift. */
export async function keep(id, value) {
  const key = (await findKey()) ?? (await makeKey());
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: ALGORITHM, iv }, key, new TextEncoder().encode(JSON.stringify(value)));
  await run("readwrite", (boxes) => boxes.put({ iv, data }, id));
}

/** The value under the id; undefined when there is none. */
export async function find(id) {
  return (await findAll()).get(id);
}

/** All that is kept, by id. */
export async function findAll() {
  const key = await findKey();
  const found = new Map();
  if (!key) return found;
  const [ids, boxes] = await Promise.all([
    run("readonly", (store) => store.getAllKeys()),
    run("readonly", (store) => store.getAll()),
  ]);
  for (const [index, { iv, data }] of boxes.entries()) {
    const plain = await crypto.subtle.decrypt({ name: ALGORITHM, iv }, key, data);
    found.set(ids[index], JSON.parse(new TextDecoder().decode(plain)));
  }
  return found;
}

/** Forget what is under the id. */
export function forget(id) {
  return run("readwrite", (boxes) => boxes.delete(id));
}

/** Forget everything, the key first of all. */
export async function wipe() {
  await run("readwrite", (keys) => keys.clear(), "keys");
  await run("readwrite", (boxes) => boxes.clear());
}

function findKey() {
  return run("readonly", (keys) => keys.get(KEY), "keys");
}

async function makeKey() {
  const key = await crypto.subtle.generateKey({ name: ALGORITHM, length: 256 }, false, ["encrypt", "decrypt"]);
  await run("readwrite", (keys) => keys.add(key, KEY), "keys").catch(() => {}); // another window was first
  return findKey();
}

async function run(mode, ask, name = "boxes") {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(name, mode);
      const request = ask(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keys");
      request.result.createObjectStore("boxes");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
