/*
 * blocks.js - the data blocks that a page carries; some may still be arriving
 * when this runs.
 */
"use strict";

const Blocks = (() => {
  const read = (name) => {
    const e = Dom.id(name);
    return e ? JSON.parse(e.textContent) : null;
  };

  const whole = new Promise((done) => {
    if (document.readyState !== "loading") done();
    else document.addEventListener("DOMContentLoaded", () => done());
  });

  /* A block that may not be here yet. */
  async function get(name) {
    if (!Dom.id(name)) await whole;
    return read(name);
  }

  return { read, whole, get };
})();
