// Comfort, never need: every page works without this file. No page may rely on it, and nothing here sends what is typed.

const page = document.body;
const inField = (element) => element?.closest?.("input, select, textarea, [contenteditable]") !== null;
// An input method is putting a word together: keys belong to it, not to us. 229 is how Safari and old Chromium say so.
const composing = (event) => event.isComposing || event.keyCode === 229;

// Enter that only confirms a word of the input method must not send the form.
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Enter" && composing(event) && event.target.form) event.preventDefault();
  },
  true,
);

// Quick key: "/" goes to the search. One letter may collide with speech input, so it can be switched off (WCAG 2.1.4).
const KEY = "tx-quick-keys";
const remembered = (value) => {
  try {
    if (value !== undefined) localStorage.setItem(KEY, value);
    return localStorage.getItem(KEY) ?? "on";
  } catch {
    return value ?? "on"; // storage is blocked: the choice lasts for this page
  }
};
let quickKeys = remembered();

const searchField = document.querySelector("[data-search-form] input:not([type=hidden])");
const searchAddress = page.dataset.search;
if (searchAddress || searchField) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || quickKeys !== "on" || composing(event) || inField(event.target)) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (searchField) searchField.focus();
    else location.assign(searchAddress);
  });
}

// A letter goes to the answer that bears it (Enter then gives it), or follows the link that bears it; nothing is sent by
// a letter alone. "?" opens the explanation.
const keyed = [...document.querySelectorAll("[data-keys]")];
if (keyed.length) {
  document.addEventListener("keydown", (event) => {
    if (quickKeys !== "on" || composing(event) || inField(event.target)) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const meant = keyed.find((element) => element.dataset.keys.split(" ").includes(key));
    if (!meant) return;
    event.preventDefault();
    if (meant.matches("a")) meant.click();
    else if (meant.matches("details")) {
      meant.open = !meant.open;
      meant.querySelector("summary").focus();
    } else meant.focus();
  });
}

const place = document.querySelector("[data-quick-keys]");
if (place && (searchAddress || searchField || keyed.length)) {
  const toggle = document.createElement("button");
  toggle.type = "button";
  toggle.className = "tx-link-button";
  const say = () => {
    toggle.textContent = quickKeys === "on" ? place.dataset.on : place.dataset.off;
    toggle.setAttribute("aria-pressed", String(quickKeys === "on"));
  };
  toggle.addEventListener("click", () => {
    quickKeys = remembered(quickKeys === "on" ? "off" : "on");
    say();
  });
  say();
  place.append(toggle);
  place.hidden = false;
}

// A form that writes is sent once. The server refuses the second one anyway; this spares the surprise.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  });
}
// Coming back by the browser's button shows the page as it was left: let it be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

// The list of errors speaks first.
document.querySelector("[data-focus]")?.focus();

// Hide this page: blank it before anything else, then leave without a way back to it.
for (const link of document.querySelectorAll("[data-quickhide]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.title = " ";
    page.replaceChildren();
    location.replace("about:blank");
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// At work: typing counts as being there, so the session is told now and then. After idle minutes the desk is locked,
// because the next one at this computer must not read what is open.
const idleMinutes = Number(page.dataset.idleMinutes);
if (idleMinutes > 0) {
  const note = document.querySelector("[data-idle-note]");
  const limit = idleMinutes * 60_000;
  let lastTouch = Date.now();
  let lastTold = lastTouch;
  const touched = () => {
    lastTouch = Date.now();
    if (note) note.hidden = true;
  };
  for (const kind of ["keydown", "pointerdown", "input", "scroll"]) addEventListener(kind, touched, { passive: true });
  const look = () => {
    const now = Date.now();
    if (now - lastTouch >= limit) leave();
    else if (now - lastTouch >= limit - 60_000 && note) note.hidden = false;
    else if (lastTouch > lastTold && now - lastTold > limit / 5) {
      lastTold = now;
      fetch(page.dataset.stillHere, { credentials: "same-origin", redirect: "manual" }).catch(() => {});
    }
  };
  const leave = () => {
    const form = document.querySelector("form[data-lock]") ?? document.querySelector("form[data-sign-out]");
    if (form) form.requestSubmit();
    else location.replace(location.pathname);
  };
  setInterval(look, 5_000);
  document.addEventListener("visibilitychange", look);
}
