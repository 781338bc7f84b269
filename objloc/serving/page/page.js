// The page to try a model on: the model's facts, the pictures, one threshold for all of them.

import { Card } from "./card.js";
import { swatchOf } from "./drawing.js";
import { byId, counted, element, say } from "./elements.js";
import { ask } from "./service.js";
import { listenForPictures } from "./sources.js";

let cards = []; // the newest first
let model = null;
let threshold = 0;
let modelArrived;
const modelIsThere = new Promise((resolve) => (modelArrived = resolve));

async function loadModel() {
  byId("model-again").hidden = true;
  say(byId("model-error"), "");
  const onWait = () => (byId("model-facts").textContent = "The service has no model yet …");
  try {
    const followsModel = !model || threshold === model.score_threshold;
    model = await (await ask("v1/model", { onWait })).json();
    showModel();
    setThreshold(followsModel ? model.score_threshold : threshold);
    modelArrived();
  } catch (error) {
    byId("model-facts").textContent = "";
    say(byId("model-error"), error.message);
    byId("model-again").hidden = false;
  }
}

function showModel() {
  const { name, version, image_size: size, format, precision, class_names: names } = model;
  document.title = `${name} · objloc`;
  byId("model-name").textContent = name;
  byId("model-facts").textContent =
    `Version ${version} · ${size} × ${size} px · ${format} ${precision} · looks for ` +
    (names.length === 1 ? "one class" : `${names.length} classes`);
  const legend = names.map((label, index) => element("li", {}, swatchOf(index), label));
  byId("classes").replaceChildren(...legend);
  byId("reset").textContent = `Reset to ${model.score_threshold.toFixed(2)}`;
}

async function loadExamples() {
  const { examples } = await (await ask("v1/examples")).json();
  const buttons = await Promise.all(examples.map(({ name }) => exampleOf(name).catch(() => "")));
  byId("example-list").append(...buttons);
  byId("examples").hidden = !buttons.some(Boolean);
}

/** A button that shows an example and adds it. It is fetched, as an `img` would send no key. */
async function exampleOf(name) {
  const picture = await (await ask(`v1/examples/${encodeURIComponent(name)}`)).blob();
  const file = new File([picture], name, { type: picture.type });
  const image = element("img", { src: URL.createObjectURL(file), alt: `Example ${name}` });
  return element("button", { type: "button", class: "example", onclick: () => add([file]) }, image);
}

/** Adds cards for new pictures, above those that are there. */
function add(files) {
  say(byId("source-error"), "");
  const added = files.map((file) => {
    const card = new Card(file, { onEnd, onRemove: () => remove(card) });
    return card;
  });
  cards = [...added, ...cards];
  byId("cards").prepend(...added.map((card) => card.node));
  showCards();
  // On a phone they would lie below what is seen.
  const results = byId("results");
  if (results.getBoundingClientRect().top > innerHeight / 2) results.scrollIntoView();
  for (const card of added) {
    modelIsThere.then(() => card.look(model.limits.body_bytes));
  }
}

function onEnd({ answer }) {
  showCards();
  // The service may have taken up a newer model.
  if (answer && answer.model.version !== model.version) loadModel();
}

function remove(card) {
  const place = cards.indexOf(card);
  cards.splice(place, 1);
  card.close();
  showCards();
  // The focus was on a button that is gone.
  (cards[Math.min(place, cards.length - 1)]?.heading ?? byId("choose")).focus();
}

function removeAll() {
  for (const card of cards) card.close();
  cards = [];
  showCards();
  byId("choose").focus();
}

function setThreshold(value) {
  threshold = value;
  byId("threshold").value = value;
  byId("threshold-value").textContent = value.toFixed(2);
  showCards();
}

function showCards() {
  let [shown, hidden] = [0, 0];
  for (const card of cards) {
    const counts = card.filter(threshold);
    shown += counts.shown;
    hidden += counts.hidden;
  }
  byId("results").hidden = !cards.length;
  const waiting = cards.filter((card) => card.isUnderWay).length;
  byId("summary").textContent =
    `${counted(cards.length, "picture")}: ${shown} found` +
    (hidden ? `, ${hidden} below the threshold` : "") +
    (waiting ? `, ${waiting} to come` : "");
}

function showCommand() {
  const url = new URL("v1/predict", document.baseURI);
  byId("command").textContent = `curl -F file=@picture.jpg '${url}'`;
}

byId("threshold").addEventListener("input", (event) => setThreshold(Number(event.target.value)));
byId("reset").addEventListener("click", () => setThreshold(model.score_threshold));
byId("remove-all").addEventListener("click", removeAll);
byId("model-again").addEventListener("click", loadModel);
listenForPictures(add);
showCommand();
loadModel();
modelIsThere.then(loadExamples).catch(() => {}); // a service without examples is a service, too
