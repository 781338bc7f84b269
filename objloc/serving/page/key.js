// The service's key, where it asks for one: typed once, forgotten with the tab.

import { byId, say } from "./elements.js";

const NAME = "objloc-key";
let inMemory = ""; // where the browser lets a page store nothing
let asked = null;

/** The key that was typed; empty where there is none. */
export function storedKey() {
  try {
    return sessionStorage.getItem(NAME) ?? inMemory;
  } catch {
    return inMemory;
  }
}

/** Waits for another key than the one that the service has just refused. */
export async function askForKey(refused) {
  if (storedKey() !== refused) return;
  asked ??= show(refused).finally(() => (asked = null));
  await asked;
}

function show(refused) {
  const form = byId("key-form");
  form.hidden = false;
  say(byId("key-error"), refused ? "The service does not know this key." : "");
  byId("key").focus();
  return new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      store(byId("key").value);
      byId("key").value = "";
      form.hidden = true;
      resolve();
    };
  });
}

function store(key) {
  inMemory = key;
  try {
    sessionStorage.setItem(NAME, key);
  } catch {
    // It is kept in memory.
  }
}
