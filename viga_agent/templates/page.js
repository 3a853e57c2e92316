"use strict";
document.documentElement.classList.add("scripted");

// Two pictures, one over the other

const show = (compare) => {
  const { left, right } = compare.querySelector("button[aria-pressed=true]").dataset;
  for (const [side, id] of [["left", left], ["right", right]]) {
    const image = compare.querySelector("." + side);
    const source = document.getElementById(id);
    image.hidden = !source;
    if (source && image.src !== source.src) {
      image.src = source.src;
      image.alt = source.alt;
    }
  }
  compare.querySelector("input").hidden = !left;
};

document.addEventListener("click", ({ target }) => {
  const button = target.closest(".choices button");
  if (!button) return;
  const compare = button.closest(".compare");
  for (const other of compare.querySelectorAll("button")) other.setAttribute("aria-pressed", other === button);
  show(compare);
});

document.addEventListener("input", ({ target }) => {
  target.closest(".slider")?.style.setProperty("--at", target.value + "%");
});

// What the server can't write once and for all

const refresh = () => {
  document.querySelectorAll(".compare").forEach(show);
  for (const button of document.querySelectorAll(".choices button[data-left]")) {
    button.hidden = !document.getElementById(button.dataset.left) || !document.getElementById(button.dataset.right);
  }
};

const ago = (seconds) =>
  seconds < 100 ? `${seconds} s` : seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;

const tick = () => {
  for (const element of document.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.round(Date.now() / 1000 - element.dataset.since));
    element.textContent = `last event ${ago(seconds)} ago`;
  }
};

// The page follows the run: parts that changed are made equal to what the server sends, and all else stays as it is

const morph = (old, fresh) => {
  if (old.isEqualNode(fresh) || (old.dataset && "kept" in old.dataset && fresh.dataset && "kept" in fresh.dataset)) return;
  if (old.nodeName !== fresh.nodeName || old.nodeType !== Node.ELEMENT_NODE) {
    old.replaceWith(fresh);
    return;
  }
  const isFold = old.nodeName === "DETAILS";
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(isFold && name === "open")) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !(isFold && name === "open")) old.setAttribute(name, value);
  }
  if ("since" in old.dataset) return;
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  const key = (node) => node.id || node.dataset?.fold;
  after.forEach((node, i) => {
    const twin = key(node) ? before.find((other) => key(other) === key(node)) : before[i];
    if (twin && twin.parentNode === old && (key(node) || !key(twin))) {
      if (old.childNodes[i] !== twin) old.insertBefore(twin, old.childNodes[i] ?? null);
      morph(twin, node);
    } else {
      old.insertBefore(node, old.childNodes[i] ?? null);
    }
  });
  while (old.childNodes.length > after.length) old.lastChild.remove();
};

const parsed = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
};

const update = ({ title, order, changed }) => {
  const main = document.querySelector("main");
  document.title = title;
  for (const child of [...main.children]) if (!order.includes(child.id)) child.remove();
  order.forEach((id, i) => {
    let part = document.getElementById(id);
    const isNew = !part;
    if (isNew) {
      part = document.createElement("div");
      part.id = id;
    }
    if (main.children[i] !== part) main.insertBefore(part, main.children[i] ?? null);
    if (!(id in changed)) return;
    const fresh = part.cloneNode(false);
    fresh.append(parsed(changed[id]));
    morph(part, fresh);
    const heading = isNew && part.querySelector("article h2");
    if (heading) document.getElementById("news").textContent = heading.textContent;
  });
  refresh();
  tick();
};

const follow = (address) => {
  const lost = document.querySelector(".connection");
  let source = null;
  const open = () => {
    source = new EventSource(address);
    source.onopen = () => (lost.hidden = true);
    source.onmessage = ({ data }) => update(JSON.parse(data));
    source.onerror = () => {
      lost.textContent = "No connection: viga-agent view does not answer.";
      lost.hidden = false;
    };
  };
  // A browser has few connections for one server: pages that nobody sees give theirs back.
  document.addEventListener("visibilitychange", () => (document.hidden ? source?.close() : open()));
  if (!document.hidden) open();
  setInterval(tick, 1000);
};

refresh();
if (document.body.dataset.stream) follow(document.body.dataset.stream);
tick();
