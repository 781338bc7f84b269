// Makes and finds elements. Text becomes text and never markup, whoever wrote it.

/**
 * A new element. An attribute that is true is set without a value, one that is false is not set;
 * `onclick` and the like are functions. Children are elements or texts.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** The element of index.html with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Shows an alert's text, or hides the alert where there is none. */
export function say(alert, text) {
  alert.textContent = text;
  alert.hidden = !text;
}

/** "1 picture", "2 pictures". */
export function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
