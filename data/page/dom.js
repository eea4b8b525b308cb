/*
 * dom.js - making elements. Text goes in as text, never as markup: the page's
 * policy (require-trusted-types-for) refuses everything else.
 */
"use strict";

const Dom = {
  id: (name) => document.getElementById(name),

  /*
   * make("p.note.small", {title: "..."}, child, ...): attributes by name, a
   * function as a listener, true for one without a value, null left out;
   * children are nodes or texts.
   */
  make(what, attributes, ...children) {
    const [tag, ...classes] = what.split(".");
    const e = document.createElement(tag);
    if (classes.length) e.className = classes.join(" ");
    for (const [name, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") e.addEventListener(name, value);
      else if (value === true) e.setAttribute(name, "");
      else if (value !== null && value !== false && value !== undefined)
        e.setAttribute(name, value);
    }
    e.append(...children.filter((c) => c !== null && c !== undefined));
    return e;
  },

  svg(tag, attributes, ...children) {
    const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes || {}))
      e.setAttribute(name, value);
    e.append(...children);
    return e;
  },

  count: (n) => n.toLocaleString("en-US"),
  plural: (n, noun) => `${Dom.count(n)} ${noun}${n === 1 ? "" : "s"}`,

  /* [["value", "words"], ...] */
  options(select, list) {
    select.replaceChildren(
      ...list.map(([value, words]) => Dom.make("option", { value }, words)));
  },
};
