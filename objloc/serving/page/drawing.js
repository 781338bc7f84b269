// A picture with boxes drawn on it, as wide as there is room, and as a file to keep.

import { element } from "./elements.js";

const COLOURS = 8; // --series-1 to --series-8

/** The colour of a class, as CSS names it. */
function colourOf(labelIndex) {
  return `--series-${(labelIndex % COLOURS) + 1}`;
}

/** An element in the colour of a class. */
function coloured(node, labelIndex) {
  node.style.setProperty("--colour", `var(${colourOf(labelIndex)})`);
  return node;
}

/** The patch that tells which colour a class has. */
export function swatchOf(labelIndex) {
  return coloured(element("span", { class: "swatch" }), labelIndex);
}

/** What stands beside a box. */
function tagOf({ label, score }) {
  return `${label} ${score.toFixed(2)}`;
}

/** The box with its sides in order: a model that found nothing may put its right side left. */
function upright([x1, y1, x2, y2]) {
  return [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)];
}

function svgElement(name) {
  return document.createElementNS("http://www.w3.org/2000/svg", name);
}

/** The picture of a file. The boxes scale with it: their places are percentages. */
export class Drawing {
  constructor(file) {
    this.image = element("img", { alt: file.name });
    this.boxes = svgElement("svg");
    this.boxes.setAttribute("aria-hidden", "true"); // the table beside it says the same
    this.tags = element("div", { class: "tags", "aria-hidden": "true" });
    this.node = element("div", { class: "stage" }, this.image, this.boxes, this.tags);
    this.isShown = new Promise((resolve) => {
      this.image.onload = () => resolve(true);
      this.image.onerror = () => resolve(false);
    });
    this.isShown.then((isShown) => {
      this.node.hidden = !isShown;
      this.#fit(this.image.naturalWidth, this.image.naturalHeight);
    });
    this.image.src = URL.createObjectURL(file);
  }

  /**
   * Draws the boxes; where the browser cannot show the picture upright, on a blank of its size.
   *
   * @param {{width: number, height: number, detections: object[]}} answer of the service.
   * @returns {Promise<{onPicture: boolean, marks: Element[][]}>} what was drawn of each detection.
   */
  async draw({ width, height, detections }) {
    const isShown = await this.isShown;
    const { naturalWidth, naturalHeight } = this.image;
    const isUpright = Math.abs(naturalWidth / naturalHeight / (width / height) - 1) < 0.02;
    const onPicture = isShown && isUpright;
    this.image.hidden = !onPicture;
    this.node.hidden = false;
    this.#fit(width, height);
    // The best one is drawn last, above the others.
    const marks = [...detections].reverse().map((one) => this.#mark(one, width, height));
    return { onPicture, marks: marks.reverse() };
  }

  /** The picture with these detections drawn on it, at its own size, as a PNG file. */
  async png(detections, width) {
    const { naturalWidth, naturalHeight } = this.image;
    const canvas = new OffscreenCanvas(naturalWidth, naturalHeight);
    const context = canvas.getContext("2d");
    const colours = getComputedStyle(document.documentElement);
    const paint = (name) => colours.getPropertyValue(name);
    context.drawImage(this.image, 0, 0);
    const line = Math.max(1.5, Math.max(naturalWidth, naturalHeight) / 300);
    context.font = `${7 * line}px sans-serif`;
    for (const one of [...detections].reverse()) {
      const [x1, y1, x2, y2] = upright(one.box).map((side) => (side * naturalWidth) / width);
      for (const [colour, thick] of [["--paper", 2.4], [colourOf(one.label_index), 1.2]]) {
        context.strokeStyle = paint(colour);
        context.lineWidth = thick * line;
        context.strokeRect(x1, y1, x2 - x1, y2 - y1);
      }
      const tag = tagOf(one);
      const top = Math.max(0, y1 - 9 * line);
      const breadth = context.measureText(tag).width + 3 * line;
      const left = Math.max(0, Math.min(x1, naturalWidth - breadth));
      context.fillStyle = paint("--paper");
      context.fillRect(left, top, breadth, 9 * line);
      context.fillStyle = paint("--ink");
      context.fillText(tag, left + 1.5 * line, top + 6.8 * line);
    }
    return canvas.convertToBlob({ type: "image/png" });
  }

  /** Lets go of the file. */
  close() {
    URL.revokeObjectURL(this.image.src);
  }

  #fit(width, height) {
    this.node.style.setProperty("--width", width);
    this.node.style.setProperty("--height", height);
  }

  #mark(detection, width, height) {
    const [x1, y1, x2, y2] = upright(detection.box);
    const percent = (part, whole) => `${(100 * part) / whole}%`;
    const group = coloured(svgElement("g"), detection.label_index);
    for (const kind of ["halo", "line"]) {
      const rect = svgElement("rect");
      rect.setAttribute("class", kind);
      rect.setAttribute("x", percent(x1, width));
      rect.setAttribute("y", percent(y1, height));
      rect.setAttribute("width", percent(x2 - x1, width));
      rect.setAttribute("height", percent(y2 - y1, height));
      group.append(rect);
    }
    const tag = coloured(element("span", { class: "tag" }, tagOf(detection)), detection.label_index);
    tag.style.setProperty("--top", percent(y1, height));
    // Beside the box's nearer corner, where it does not reach over the picture's edge.
    if (x1 + x2 < width) tag.style.left = percent(x1, width);
    else tag.style.right = percent(width - x2, width);
    this.boxes.append(group);
    this.tags.append(tag);
    return [group, tag];
  }
}
