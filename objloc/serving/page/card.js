// One picture: what it shows, what was found in it, what went wrong.

import { Drawing, swatchOf } from "./drawing.js";
import { element, say } from "./elements.js";
import { ask, Problem } from "./service.js";

const WORTH_A_WORD = 0.005; // lower scores would read 0.00

/** A picture's part of the page. */
export class Card {
  /**
   * @param {File} file the picture; it is sent as it is.
   * @param {{onEnd: (card: Card) => void, onRemove: () => void}} listeners `onEnd` hears when
   *     there is an `answer`, or an error in its place.
   */
  constructor(file, { onEnd, onRemove }) {
    this.file = file;
    this.onEnd = onEnd;
    this.answer = null;
    this.isUnderWay = true;
    this.found = []; // each detection with what shows it
    this.threshold = 0;
    this.leaving = new AbortController();
    this.drawing = new Drawing(file);
    this.heading = element("h2", { class: "small", tabindex: "-1" }, file.name);
    this.status = element("p", { class: "found" }, "Waiting …");
    this.error = element("p", { class: "error", role: "alert", hidden: true });
    this.again = element("button", { type: "button", hidden: true }, "Try again");
    this.details = element("div", { class: "details" }, this.status, this.error, this.again);
    const remove = element("button", { type: "button", "aria-label": `Remove ${file.name}` }, "✕");
    remove.addEventListener("click", onRemove);
    this.node = element(
      "article",
      { class: "card", "aria-label": file.name },
      element("header", {}, this.heading, remove),
      element("div", { class: "body" }, this.drawing.node, this.details),
    );
  }

  /** Asks the service about the picture and shows what it says. */
  async look(bodyBytes) {
    say(this.error, "");
    this.isUnderWay = true;
    this.again.hidden = true;
    this.again.onclick = () => this.look(bodyBytes);
    this.status.hidden = false;
    this.status.textContent = "Looking …";
    try {
      await this.#show(await this.#ask(bodyBytes));
    } catch (error) {
      if (this.leaving.signal.aborted) return;
      this.#refuse(error);
    }
    this.isUnderWay = false;
    this.onEnd(this);
  }

  /** Hides what has a lower score; returns how many are shown and how many nearly were. */
  filter(threshold) {
    this.threshold = threshold;
    let shown = 0;
    for (const { detection, marks } of this.found) {
      const isShown = detection.score >= threshold;
      shown += Number(isShown);
      for (const mark of marks) mark.toggleAttribute("hidden", !isShown);
    }
    const hidden = this.found.slice(shown).filter(({ detection }) => detection.score >= WORTH_A_WORD);
    if (this.answer) this.#tell(shown, hidden);
    return { shown, hidden: hidden.length };
  }

  /** Lets go of the picture; a request under way is given up. */
  close() {
    this.leaving.abort();
    this.drawing.close();
    this.node.remove();
  }

  async #ask(bodyBytes) {
    const { file } = this;
    // Such a request would be cut off half-way, and the browser would know no reason.
    if (file.size > bodyBytes) {
      const detail = `It has ${megabytes(file.size)}, the service takes ${megabytes(bodyBytes)}.`;
      throw new Problem("The file is too large", detail, false);
    }
    await file.slice(0, 1).arrayBuffer().catch(() => {
      throw new Problem("This cannot be read", "Is it a folder, or was it moved?", false);
    });
    const body = new FormData();
    body.append("file", file);
    const response = await ask("v1/predict?score_threshold=0", {
      body,
      signal: this.leaving.signal,
      onWait: (seconds) => {
        this.status.textContent = `The service is busy; it is asked again in ${seconds} s.`;
      },
    });
    return response.json();
  }

  async #show(answer) {
    const [picture] = answer.images;
    const { onPicture, marks } = await this.drawing.draw(picture);
    const rows = picture.detections.map(rowOf);
    this.answer = answer;
    this.found = picture.detections.map((detection, index) => {
      const all = [...marks[index], rows[index]];
      const light = (isLit) => () => all.forEach((one) => one.classList.toggle("lit", isLit));
      rows[index].addEventListener("pointerenter", light(true));
      rows[index].addEventListener("pointerleave", light(false));
      return { detection, marks: all };
    });
    this.table = tableOf(rows);
    const { total, decode, queue, model } = answer.timings_ms;
    const took = `decoding ${decode.toFixed(1)}, waiting ${queue.toFixed(1)}, model ${model.toFixed(1)}`;
    const size = `${picture.width} × ${picture.height} px`;
    this.details.append(
      this.table,
      element("p", { class: "quiet" }, `${size} · ${total.toFixed(1)} ms (${took})`),
    );
    if (!onPicture) {
      const blank = "This browser cannot show the picture as the service sees it; the boxes are drawn on a blank of its size.";
      this.details.append(element("p", { class: "quiet" }, blank));
    }
    this.details.append(...this.#extras(onPicture));
  }

  /** The JSON view, and the button that saves the drawing. */
  #extras(canSave) {
    this.json = element("pre", { tabindex: "0", "aria-label": "JSON" });
    const copy = element("button", { type: "button" }, "Copy");
    copy.addEventListener("click", () => this.#copy(copy));
    this.view = element("details", {}, element("summary", {}, "JSON"), copy, this.json);
    this.view.addEventListener("toggle", () => this.#write());
    const save = element("button", { type: "button" }, "Save with boxes");
    save.addEventListener("click", () => this.#save());
    return canSave ? [save, this.view] : [this.view];
  }

  #tell(shown, hidden) {
    const first = shown ? `${shown} found` : "Nothing found";
    const best = hidden[0]?.detection; // they come best first
    const rest = `; ${hidden.length} below the threshold, the best ${best?.label} ${best?.score.toFixed(2)}`;
    this.status.textContent = `${first}${best ? rest : ""}.`;
    this.table.hidden = !shown;
    this.#write();
  }

  /** What the service answers at the threshold that is set. */
  #shownAnswer() {
    const [picture] = this.answer.images;
    const detections = picture.detections.filter(({ score }) => score >= this.threshold);
    return { ...this.answer, score_threshold: this.threshold, images: [{ ...picture, detections }] };
  }

  #write() {
    if (!this.view.open) return;
    const text = JSON.stringify(this.#shownAnswer(), null, 2);
    // A box on one line. No text can be taken for one: in JSON a text has no line breaks.
    this.json.textContent = text.replace(/\[\n[\s\d.,e+-]+\]/g, (box) => box.replace(/\s+/g, " "));
  }

  async #copy(button) {
    try {
      await navigator.clipboard.writeText(this.json.textContent);
      button.textContent = "Copied";
    } catch {
      // Pages from elsewhere than https or localhost may not write to the clipboard.
      getSelection().selectAllChildren(this.json);
      button.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  }

  async #save() {
    const [{ width, detections }] = this.#shownAnswer().images;
    const url = URL.createObjectURL(await this.drawing.png(detections, width));
    const name = `${this.file.name.replace(/\.\w+$/, "")}-boxes.png`;
    element("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser still reads it
  }

  #refuse(error) {
    this.status.hidden = true;
    const title = error instanceof Problem && error.title !== error.message ? `${error.title}: ` : "";
    say(this.error, title + error.message);
    this.again.hidden = !error.again;
  }
}

function rowOf(detection) {
  const numbers = [detection.score.toFixed(3), ...detection.box.map((side) => side.toFixed(1))];
  const label = element("th", { scope: "row" }, swatchOf(detection.label_index), detection.label);
  return element("tr", {}, label, ...numbers.map((text) => element("td", {}, text)));
}

function tableOf(rows) {
  const names = ["label", "score", "x1", "y1", "x2", "y2"];
  const head = names.map((name) => element("th", { scope: "col" }, name));
  const table = element(
    "table",
    {},
    element("caption", {}, "Boxes in pixels of the upright picture"),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows),
  );
  return element("div", { class: "scroll", tabindex: "0" }, table);
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
