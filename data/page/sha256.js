/*
 * sha256.js - SHA-256 (FIPS 180-4) of a text's UTF-8 bytes, as 64 digits: a page
 * that was opened as a file need not have the browser's own.
 */
"use strict";

const sha256 = (() => {
  const root = (x, power) => Math.floor((x ** power % 1) * 2 ** 32) | 0;
  const primes = [];
  for (let n = 2; primes.length < 64; n++)
    if (primes.every((p) => n % p)) primes.push(n);
  const K = primes.map((p) => root(p, 1 / 3));
  const START = primes.slice(0, 8).map((p) => root(p, 1 / 2));
  const turn = (x, n) => (x >>> n) | (x << (32 - n));

  /* The bytes, 0x80, zeros, and the number of bits in the last 8 bytes. */
  function padded(text) {
    const bytes = new TextEncoder().encode(text);
    const whole = new Uint8Array((bytes.length + 72) & ~63);
    whole.set(bytes);
    whole[bytes.length] = 0x80;
    const view = new DataView(whole.buffer);
    view.setUint32(whole.length - 8, Math.floor(bytes.length / 2 ** 29));
    view.setUint32(whole.length - 4, (bytes.length << 3) >>> 0);
    return view;
  }

  function schedule(view, at, w) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
      const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
  }

  function block(h, w) {
    let [a, b, c, d, e, f, g, last] = h;
    for (let i = 0; i < 64; i++) {
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const t1 = (last + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [a, b, c, d, e, f, g, last] =
        [(t1 + t2) | 0, a, b, c, (d + t1) | 0, e, f, g];
    }
    return [a, b, c, d, e, f, g, last].map((x, i) => (x + h[i]) | 0);
  }

  return (text) => {
    const view = padded(text), w = new Int32Array(64);
    let h = START;
    for (let at = 0; at < view.byteLength; at += 64) {
      schedule(view, at, w);
      h = block(h, w);
    }
    return h.map((x) => (x >>> 0).toString(16).padStart(8, "0")).join("");
  };
})();
