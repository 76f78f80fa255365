// What the pages do more with script than without: results as one types, keys, and no form sent twice.
// Everything here is an addition: each form also works when this file never comes.
"use strict";

const announce = (text) => {
  const status = document.querySelector("#announce");
  if (status) status.textContent = text;
};

// --- A form is sent once -------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});

// Back from another page: the form may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// --- Keys ----------------------------------------------------------------------------------------------------------

// Single keys can be switched off (WCAG 2.1.4); the choice stays in this browser.
const keys = {
  get on() { return localStorage.getItem("keys") !== "off"; },
  set on(value) { localStorage.setItem("keys", value ? "on" : "off"); },
};

const showKeys = () => {
  const button = document.querySelector("#keys");
  if (!button) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(keys.on));
};

document.addEventListener("click", (event) => {
  if (event.target.closest("#keys")) {
    keys.on = !keys.on;
    showKeys();
  }
});

const typing = (element) => element.matches("input, select, textarea, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const search = document.querySelector("#q");
  if (event.key === "Escape") {
    if (!search) {
      const back = document.querySelector("[data-key=Escape]");
      if (back && !typing(event.target)) back.click();
      return;
    }
    event.preventDefault();
    if (document.activeElement === search && search.value) {
      search.value = "";
      search.dispatchEvent(new Event("input"));
    }
    search.focus();
    search.select();
    return;
  }
  if (!keys.on || typing(event.target)) return;
  if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
    search.select();
    return;
  }
  const button = [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === event.key);
  if (button) {
    event.preventDefault();
    if (button.form && button.form.hasAttribute("data-swap")) queue(button.dataset.key);
    else button.click();
  }
});

// --- Small forms that change a card answer in place -----------------------------------------------------------------

// One after the other: each change makes the next copy of the card, which the next one changes.
let last = Promise.resolve();
const queue = (key) => {
  last = last.then(() => {
    const button = [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key);
    return button && button.form ? swap(button.form, button) : undefined;
  });
};

const swap = async (form, button) => {
  const body = new URLSearchParams(new FormData(form, button));
  let response;
  try {
    response = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
  } catch {
    form.submit();
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const main = page.querySelector("main");
  if (!main) {
    location.reload();
    return;
  }
  const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.key : undefined;
  document.querySelector("main").replaceWith(main);
  document.title = page.title;
  if (response.ok) history.replaceState(history.state, "", response.url);
  const said = main.querySelector("[data-said]");
  if (said) announce(said.textContent.trim());
  const again = focused && main.querySelector(`[data-key="${CSS.escape(focused)}"]`);
  if (again) again.focus();
  else main.focus();
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-swap")) return;
  event.preventDefault();
  delete form.dataset.sent;
  if (event.submitter) queue(event.submitter.dataset.key);
});

// --- Search as one types --------------------------------------------------------------------------------------------

const PAUSE = 40;

const startSearch = () => {
  const form = document.querySelector("#search");
  const box = document.querySelector("#q");
  const hits = document.querySelector("#hits");
  if (!form || !box || !hits) return;
  let asked = 0;
  let shown = 0;
  let running;
  let timer;

  const data = () => new URLSearchParams(new FormData(form));

  const ask = async () => {
    const number = ++asked;
    if (running) running.abort();
    running = new AbortController();
    // Kept by the browser with this entry of its history, so that "back" finds the list again; never in an address.
    const kept = data();
    kept.delete("csrf");
    history.replaceState({ search: kept.toString() }, "");
    let text;
    let count;
    try {
      const response = await fetch(form.dataset.hits, { method: "POST", body: data(), signal: running.signal, credentials: "same-origin" });
      if (response.status === 401 || response.status === 403) {
        form.submit();
        return;
      }
      if (!response.ok) throw new Error(String(response.status));
      text = await response.text();
      count = decodeURIComponent(response.headers.get("X-Announce") || "");
    } catch (error) {
      if (error.name === "AbortError" || number !== asked) return;
      text = "";
      count = form.dataset.failed;
    }
    // An answer that comes after a newer one has been shown is thrown away.
    if (number < shown) return;
    shown = number;
    // Whoever has gone down into the list stays at her place in it.
    const at = [...hits.querySelectorAll("a.hit")].indexOf(document.activeElement);
    hits.innerHTML = text;
    const links = hits.querySelectorAll("a.hit");
    if (at >= 0) (links[Math.min(at, links.length - 1)] || box).focus();
    announce(count);
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };

  form.addEventListener("input", soon);
  form.addEventListener("change", soon);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    delete form.dataset.sent;
    const spelling = event.submitter && event.submitter.name === "respell" ? event.submitter.value : null;
    if (spelling !== null) {
      box.value = spelling;
      box.focus();
      ask();
      return;
    }
    // Enter in the box opens the first hit.
    const first = hits.querySelector("a.hit");
    if (first && asked === shown) first.click();
    else ask();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.isComposing) return;
    if (event.altKey) {
      const spelling = [...hits.querySelectorAll("[data-alt]")].find((element) => `Digit${element.dataset.alt}` === event.code);
      if (spelling) {
        event.preventDefault();
        spelling.click();
      }
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [...hits.querySelectorAll("a.hit")];
    const at = links.indexOf(document.activeElement);
    if (at < 0 && document.activeElement !== box) return;
    event.preventDefault();
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    if (next < 0) box.focus();
    else if (next < links.length) links[next].focus();
  });

  // Back from a card: the list as it was.
  const kept = history.state && history.state.search;
  if (kept && !box.value) {
    for (const [name, value] of new URLSearchParams(kept)) {
      const field = form.elements.namedItem(name);
      if (!field) continue;
      if (field.type === "checkbox") field.checked = true;
      else field.value = value;
    }
    ask();
  } else if (box.value && !hits.querySelector(".hit")) {
    ask();
  }
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
};

// --- A file that is taken in: sent as it is, with how far it has come ------------------------------------------------

for (const form of document.querySelectorAll("[data-upload]")) {
  form.querySelector("[data-file]").hidden = false;
  form.addEventListener("submit", (event) => {
    const file = form.querySelector("[type=file]").files[0];
    if (!file) return;
    event.preventDefault();
    const [progress, wrong] = [form.querySelector("progress"), form.querySelector("[data-wrong]")];
    const query = new URLSearchParams({ kind: form.elements.kind.value, mode: form.elements.mode.value });
    const sending = new XMLHttpRequest();
    sending.open("POST", `${form.dataset.upload}?${query}`);
    sending.setRequestHeader("Content-Type", "application/octet-stream");
    sending.setRequestHeader("X-CSRF-Token", form.elements.csrf.value);
    sending.upload.addEventListener("progress", (now) => {
      progress.hidden = false;
      // The last part is the comparison, of which nothing is told.
      if (now.lengthComputable) progress.value = (90 * now.loaded) / now.total;
    });
    sending.addEventListener("loadend", () => {
      delete form.dataset.sent;
      progress.hidden = true;
      if (sending.status === 201) {
        location.assign(`/imports/${JSON.parse(sending.responseText).id}`);
        return;
      }
      wrong.hidden = false;
      wrong.textContent = form.dataset.failed;
    });
    wrong.hidden = true;
    sending.send(file);
  });
}

// --- A print button, which is of no use without script ---------------------------------------------------------------

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

showKeys();
startSearch();
