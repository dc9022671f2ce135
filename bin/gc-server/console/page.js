// Small helpers of the page. Elements are changed in place, so that focus and open details survive an event.

export const byId = (id) => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Sets a text only where it is another one, so that a screen reader does not repeat it. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Makes the children of `parent` those of `items`, one for each key, and keeps the elements that are there. */
export function keyed(parent, items, keyOf, make, update) {
  const present = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = null;
  for (const item of items) {
    const key = String(keyOf(item));
    const child = present.get(key) ?? make(item);
    present.delete(key);
    child.dataset.key = key;
    update(child, item);
    const place = before ? before.nextSibling : parent.firstChild;
    if (child !== place) parent.insertBefore(child, place);
    before = child;
  }
  for (const gone of present.values()) gone.remove();
}

/** The rows of a table, each a list of texts and elements' makers. */
export function rows(table, items, keyOf, cells) {
  table.hidden = items.length === 0;
  keyed(table.tBodies[0], items, keyOf, () => element("tr"), (row, item) => {
    cells(item).forEach((cell, at) => {
      if (!row.cells[at]) row.append(element(at === 0 ? "th" : "td", at === 0 ? { scope: "row" } : {}));
      if (typeof cell === "function") cell(row.cells[at]);
      else write(row.cells[at], String(cell ?? ""));
    });
  });
}

/** Makes the buttons of a cell those of `actions`: `[name, label, act]`. */
export function buttons(parent, actions) {
  keyed(parent, actions, ([name]) => name, () => element("button", { type: "button" }), (button, [, label, act]) => {
    write(button, label);
    button.onclick = act;
  });
}
