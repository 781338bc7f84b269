// Where pictures come from: chosen, dropped, pasted, photographed.

import { openCamera } from "./camera.js";
import { byId, say } from "./elements.js";

/** Calls `add` with the files of each way in. */
export function listenForPictures(add) {
  listenToButtons(add);
  listenToDrops(add);
  document.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length) return; // text, for the field it was pasted into
    event.preventDefault();
    add(files);
  });
}

function listenToButtons(add) {
  for (const input of [byId("files"), byId("capture")]) {
    input.addEventListener("change", () => {
      add([...input.files]);
      input.value = ""; // the same file can be chosen again
    });
  }
  byId("choose").addEventListener("click", () => byId("files").click());
  byId("photograph").addEventListener("click", () => {
    // A phone's own camera is better than a page's, and needs no permission.
    if (matchMedia("(pointer: coarse)").matches) byId("capture").click();
    else openCamera((photograph) => add([photograph]));
  });
}

function listenToDrops(add) {
  let depth = 0; // every element that is entered is left again
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    document.body.classList.toggle("dropping", depth > 0);
  };
  document.addEventListener("dragenter", () => mark(1));
  document.addEventListener("dragleave", () => mark(-1));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault(); // the browser would leave this page for the file
    mark(-depth);
    const files = [...event.dataTransfer.files];
    const nothing = "That was no file: save the picture first, then drop it here or choose it.";
    say(byId("source-error"), files.length ? "" : nothing);
    if (files.length) add(files);
  });
}
