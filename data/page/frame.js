/*
 * frame.js - what every page has: the view, the theme, the button that shows
 * explicit texts, enlarged plots, dialogs.
 */
"use strict";

const Frame = (() => {
  /* "report" or "traces" */
  function view(name) {
    document.body.dataset.view = name;
    for (const a of document.querySelectorAll("header.page nav a")) {
      const here = name === "traces" ? a.hash === "#traces" : false;
      if (here) a.setAttribute("aria-current", "page");
      else a.removeAttribute("aria-current");
    }
  }

  /* ---- theme ---- */

  const themes = ["auto", "light", "dark"];
  function setTheme(name) {
    const root = document.documentElement;
    if (name === "auto") delete root.dataset.theme;
    else root.dataset.theme = name;
    const button = Dom.id("theme");
    button.textContent = `Theme: ${name}`;
    button.dataset.theme = name;
  }
  function nextTheme() {
    const now = Dom.id("theme").dataset.theme;
    const next = themes[(themes.indexOf(now) + 1) % themes.length];
    setTheme(next);
    try { localStorage.setItem("deepconf-theme", next); } catch { /* a file */ }
  }
  function firstTheme() {
    let name = "auto";
    try { name = localStorage.getItem("deepconf-theme") || name; }
    catch { /* not allowed for this file */ }
    setTheme(themes.includes(name) ? name : "auto");
  }

  /* ---- explicit texts ---- */

  function veilButton() {
    const button = Dom.id("veil");
    const draw = () => {
      const on = Text.Veil.all();
      button.setAttribute("aria-pressed", on ? "true" : "false");
      button.textContent = on ? "Hide explicit texts" : "Show explicit texts";
    };
    button.hidden = !Data.index.some(Text.Veil.explicit);
    button.addEventListener("click", () => Text.Veil.setAll(!Text.Veil.all()));
    Text.Veil.changed(draw);
    draw();
  }

  /* ---- plots ---- */

  function zooms() {
    const dialog = Dom.id("zoom");
    for (const button of document.querySelectorAll("button.zoom"))
      button.addEventListener("click", () => {
        const copy = button.querySelector("img").cloneNode();
        dialog.querySelector("div").replaceChildren(copy);
        dialog.setAttribute("aria-label", copy.alt);
        dialog.showModal();
      });
    for (const d of document.querySelectorAll("dialog"))
      d.addEventListener("click", (event) => {
        if (event.target === d || event.target.closest(".close")) d.close();
      });
  }

  function start() {
    firstTheme();
    Dom.id("theme").addEventListener("click", nextTheme);
    Dom.id("keys").addEventListener("click", () => Dom.id("help").showModal());
    Dom.id("viewer").hidden = false;
    for (const a of document.querySelectorAll("header.page nav a"))
      a.hidden = !Dom.id(a.hash.slice(1));
    for (const e of document.querySelectorAll(".needs-script"))
      e.hidden = false;
    veilButton();
    zooms();
  }

  return { start, view, nextTheme };
})();
