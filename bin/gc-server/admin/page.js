// Keeps the page fresh: fetches it again and changes what differs. Elements stay, so that focus and selection do.
"use strict";

const EVERY = 5000;
const pause = document.getElementById("pause");
const fresh = document.getElementById("fresh");

document.documentElement.classList.add("scripted");

/** Makes an element equal to another one, and keeps what is equal already. */
function become(now, next) {
  for (const { name } of [...now.attributes]) if (!next.hasAttribute(name)) now.removeAttribute(name);
  for (const { name, value } of next.attributes) if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  const known = new Map([...now.children].filter((child) => child.id).map((child) => [child.id, child]));
  let at = now.firstChild;
  for (const wanted of [...next.childNodes]) {
    const same = wanted.id ? known.get(wanted.id) : at;
    if (same && same.nodeName === wanted.nodeName && (same.id ?? "") === (wanted.id ?? "")) {
      if (same === at) at = at.nextSibling;
      else now.insertBefore(same, at);
      if (same.nodeType === Node.ELEMENT_NODE) become(same, wanted);
      else if (same.data !== wanted.data) same.data = wanted.data;
    } else {
      now.insertBefore(document.importNode(wanted, true), at);
    }
  }
  while (at) {
    const over = at;
    at = at.nextSibling;
    over.remove();
  }
}

async function refresh() {
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(`the connector answered ${answer.status}`);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["status", "uptime", "clusters", "agents", "clients", "errors", "refusals", "log"]) {
      const [now, then] = [document.getElementById(part), next.getElementById(part)];
      if (now && then) become(now, then);
    }
    say("Updated every 5 seconds");
  } catch (error) {
    say(`Not up to date: ${error.message}`);
  }
}

const say = (text) => {
  if (fresh.textContent !== text) fresh.textContent = text;
};

const isPaused = () => pause.getAttribute("aria-pressed") === "true";

pause.addEventListener("click", () => {
  pause.setAttribute("aria-pressed", String(!isPaused()));
  say(isPaused() ? "Paused" : "Updated every 5 seconds");
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 1500);
});

setInterval(() => {
  if (!isPaused() && !document.hidden) refresh();
}, EVERY);
