// The dialog that photographs with the camera of a desktop computer.

import { byId, say } from "./elements.js";

const REFUSALS = {
  NotAllowedError:
    "The browser was not allowed to use the camera. Allow it in the browser’s settings for this site, or choose a picture file instead.",
  NotFoundError: "No camera was found. Choose a picture file instead.",
  NotReadableError: "The camera cannot be opened: another program may be using it.",
  Insecure:
    "Browsers open a camera only for pages from https:// or localhost. Choose a picture file instead.",
};
let photographs = 0;

/** Opens the dialog; calls `add` with the photograph if one is taken. */
export async function openCamera(add) {
  const dialog = byId("camera");
  const view = byId("camera-view");
  const take = byId("camera-take");
  say(byId("camera-error"), "");
  take.disabled = true;
  view.hidden = false;
  byId("camera-close").onclick = () => dialog.close();
  dialog.onclose = () => stop(view);
  take.onclick = async () => {
    const photograph = await shoot(view);
    dialog.close();
    add(photograph);
  };
  dialog.showModal();
  try {
    if (!navigator.mediaDevices) throw new DOMException("", "Insecure");
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 1920 } },
    });
    view.srcObject = stream;
    if (!dialog.open) return stop(view); // closed while the browser asked for permission
    await view.play();
    take.disabled = false;
    take.focus();
  } catch (error) {
    view.hidden = true;
    if (dialog.open) say(byId("camera-error"), REFUSALS[error.name] ?? `No camera: ${error.message}`);
  }
}

async function shoot(view) {
  const canvas = new OffscreenCanvas(view.videoWidth, view.videoHeight);
  canvas.getContext("2d").drawImage(view, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
  photographs += 1;
  return new File([blob], `photograph-${photographs}.jpg`, { type: blob.type });
}

function stop(view) {
  for (const track of view.srcObject?.getTracks() ?? []) track.stop();
  view.srcObject = null;
}
