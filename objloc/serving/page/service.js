// Asks the service: a few requests at a time, again where it says that it is busy.

import { askForKey, storedKey } from "./key.js";

const AT_ONCE = 3;
const TRIES = 6;
const LONGEST_WAIT = 60; // seconds

let running = 0;
const waiting = [];

/** Why a request was not answered; `again` where trying again may help. */
export class Problem extends Error {
  constructor(title, detail, again) {
    super(detail || title);
    this.title = title;
    this.again = again;
  }
}

/**
 * The service's response to a path below this page, once it has answered with success.
 *
 * @param {string} path without a slash in front: the service may stand behind another's prefix.
 * @param {{body?: FormData, signal?: AbortSignal, onWait?: (seconds: number) => void}} options
 *     `onWait` hears of it when the service is busy and for how long it wants to be left alone.
 * @throws {Problem} it has not, with what it said.
 */
export async function ask(path, { body, signal, onWait = () => {} } = {}) {
  return inTurn(async () => {
    for (let attempt = 1; ; ) {
      signal?.throwIfAborted();
      const key = storedKey();
      const response = await send(path, body, signal, key);
      if (response.ok) return response;
      if (response.status === 401) {
        await askForKey(key);
        continue;
      }
      const seconds = Number(response.headers.get("Retry-After") ?? NaN);
      if (!(seconds >= 0) || attempt++ === TRIES) throw await problem(response);
      onWait(Math.min(seconds, LONGEST_WAIT));
      await new Promise((go) => setTimeout(go, 1000 * Math.min(seconds, LONGEST_WAIT)));
    }
  });
}

async function send(path, body, signal, key) {
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  try {
    return await fetch(path, { method: body ? "POST" : "GET", body, headers, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    const detail = `${location.host} did not answer. Is the service still running?`;
    throw new Problem("The service cannot be reached", detail, true);
  }
}

async function problem(response) {
  const again = response.status === 429 || response.status >= 500;
  const said = await response.json().catch(() => ({})); // a proxy's page is no problem document
  const title = said.title ?? `The service answered ${response.status} ${response.statusText}`;
  return new Problem(title, said.detail, again);
}

/** Runs the task when fewer than AT_ONCE others run. */
async function inTurn(task) {
  if (running < AT_ONCE) running++;
  else await new Promise((go) => waiting.push(go));
  try {
    return await task();
  } finally {
    const next = waiting.shift();
    if (next) next(); // takes this one's place
    else running--;
  }
}
