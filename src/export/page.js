"use strict";
// The network of this page: weights are little-endian float32 in base64, each layer `[inputs, outputs]` row by row.
const model = JSON.parse(document.getElementById("model").textContent);

function floats(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

const layers = model.layers.map(({ weight, bias }) => ({ weight: floats(weight), bias: floats(bias) }));
const scale = { subtract: floats(model.subtract), multiply: floats(model.multiply) };

// The error function: its series near zero, its continued fraction (Lentz) further out; ten digits.
function erf(x) {
  const a = Math.abs(x);
  if (a < 2.5) {
    let term = a, sum = a;
    for (let n = 1; n < 60; n++) {
      term *= -a * a / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * 2 / Math.sqrt(Math.PI) * sum;
  }
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

const activations = {
  "sigmoid": (z) => 1 / (1 + Math.exp(-z)),
  "tanh": Math.tanh,
  "relu": (z) => Math.max(z, 0),
  "leaky-relu": (z) => (z > 0 ? z : model.leak * z),
  "gelu": (z) => z * (1 + erf(z / Math.SQRT2)) / 2,
  "silu": (z) => z / (1 + Math.exp(-z)),
};

// A row as the network wants it: missing values are filled, what is missing or of a category is marked, features are scaled
// and bent.
function prepared(row) {
  for (const [feature, code] of model.sentinels) if (row[feature] === code) row[feature] = NaN;
  const marks = model.marks.map(([feature, value]) => Number(value === null ? Number.isNaN(row[feature]) : row[feature] === value));
  const bent = (v) => (model.bend === null ? v : v / Math.sqrt(v * v / (model.bend * model.bend) + 1));
  const filled = row.map((v, i) => (Number.isNaN(v) && model.fill.length > 0 ? model.fill[i] : v));
  return [...filled.map((v, i) => bent((v - scale.subtract[i]) * scale.multiply[i])), ...marks];
}

// The probabilities of the classes for a row of raw features.
function predict(row) {
  let values = prepared(Array.from(row));
  layers.forEach(({ weight, bias }, depth) => {
    const outputs = Array.from(bias);
    values.forEach((v, i) => {
      if (v !== 0) for (let k = 0; k < outputs.length; k++) outputs[k] += v * weight[i * outputs.length + k];
    });
    values = depth + 1 < layers.length ? outputs.map(activations[model.activation]) : outputs;
  });
  const most = Math.max(...values);
  const powers = values.map((v) => Math.exp(v - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
}

// The bars of the likeliest classes.
let shown = [];
function show(probabilities) {
  shown = probabilities;
  const order = probabilities.map((p, k) => k).sort((a, b) => probabilities[b] - probabilities[a]);
  document.getElementById("answer").textContent = model.classes[order[0]];
  document.getElementById("said").textContent = `${(100 * probabilities[order[0]]).toFixed(1)} % sure`;
  const listed = probabilities.length <= 12 ? probabilities.map((p, k) => k) : order.slice(0, 12);
  document.getElementById("bars").replaceChildren(...listed.map((k) => {
    const line = document.createElement("div"), name = document.createElement("b");
    const bar = document.createElement("progress"), share = document.createElement("span");
    line.className = "bar";
    name.textContent = model.classes[k];
    bar.max = 1;
    bar.value = probabilities[k];
    bar.setAttribute("aria-label", model.classes[k]);
    share.textContent = `${(100 * probabilities[k]).toFixed(1)} %`;
    line.append(name, bar, share);
    return line;
  }));
}

// Where ink lies: its box and its middle by mass.
function blot(ink, width) {
  const most = ink.reduce((a, b) => Math.max(a, b), 0);
  if (most <= 0) return null;
  let [left, right, top, bottom, sum, mx, my] = [width, 0, Infinity, 0, 0, 0, 0];
  ink.forEach((v, i) => {
    const x = i % width, y = Math.floor(i / width);
    sum += v;
    mx += v * (x + 0.5);
    my += v * (y + 0.5);
    if (v > model.image.threshold * most) {
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  });
  return { size: Math.max(right - left, bottom - top), mass: [mx / sum, my / sum], middle: [(left + right) / 2, (top + bottom) / 2] };
}

// Ink of any size as an image of the model's size, laid out as its training images were: every pixel is the mean of what
// it covers.
function fitted(ink, width, height) {
  const image = model.image, result = new Array(image.width * image.height).fill(0);
  const found = blot(ink, width);
  if (!found) return result;
  const factor = image.size / found.size, from = image.by_mass ? found.mass : found.middle;
  const covered = (start, end, length) => {
    const cells = [];
    for (let i = Math.max(0, Math.floor(start)); i < Math.min(length, Math.ceil(end)); i++) {
      cells.push([i, Math.min(end, i + 1) - Math.max(start, i)]);
    }
    return cells;
  };
  for (let y = 0; y < image.height; y++) {
    const rows = covered(from[1] + (y - image.middle[1]) / factor, from[1] + (y + 1 - image.middle[1]) / factor, height);
    for (let x = 0; x < image.width; x++) {
      const columns = covered(from[0] + (x - image.middle[0]) / factor, from[0] + (x + 1 - image.middle[0]) / factor, width);
      let sum = 0;
      for (const [v, tall] of rows) for (const [u, wide] of columns) sum += tall * wide * ink[v * width + u];
      result[y * image.width + x] = sum * factor * factor;
    }
  }
  return result;
}

function drawing() {
  const paper = document.getElementById("paper"), seen = document.getElementById("seen");
  const pen = paper.getContext("2d", { willReadFrequently: true }), side = paper.width;
  let last = null, cursor = [side / 2, side / 2], down = false;

  function clear() {
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, side, side);
    seen.getContext("2d").clearRect(0, 0, seen.width, seen.height);
    document.getElementById("answer").textContent = "—";
    document.getElementById("said").textContent = model.waiting;
    document.getElementById("bars").replaceChildren();
    shown = [];
  }
  function stroke(from, to) {
    pen.strokeStyle = "#fff";
    pen.lineWidth = side * Math.max(1 / 11, 1.2 / model.image.size); // two of the network's pixels at least
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    pen.stroke();
    read();
  }
  function read() {
    const pixels = pen.getImageData(0, 0, side, side).data, ink = [];
    for (let i = 0; i < pixels.length; i += 4) ink.push(pixels[i] / 255);
    const row = fitted(ink, side, side), small = seen.getContext("2d"), image = small.createImageData(seen.width, seen.height);
    row.forEach((v, i) => image.data.set([255 * v, 255 * v, 255 * v, 255], 4 * i));
    small.putImageData(image, 0, 0);
    const { black, white, dark } = model.image;
    show(predict(row.map((v) => black + (dark ? 1 - v : v) * (white - black))));
  }
  const place = (event) => {
    const box = paper.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * side, (event.clientY - box.top) / box.height * side];
  };
  paper.addEventListener("pointerdown", (event) => {
    paper.setPointerCapture(event.pointerId);
    last = cursor = place(event);
    stroke(last, last);
  });
  paper.addEventListener("pointermove", (event) => {
    if (!last) return;
    const here = place(event);
    stroke(last, here);
    last = cursor = here;
  });
  for (const end of ["pointerup", "pointercancel"]) paper.addEventListener(end, () => { last = null; });
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  paper.addEventListener("keydown", (event) => {
    if (event.key === " ") down = !down;
    else if (event.key === "Escape" || event.key === "Delete") clear();
    else if (steps[event.key]) {
      const next = cursor.map((v, i) => Math.min(side, Math.max(0, v + steps[event.key][i] * side / 28)));
      if (down) stroke(cursor, next);
      cursor = next;
    } else return;
    event.preventDefault();
    document.getElementById("where").textContent = `pen ${down ? "down" : "up"}, ${Math.round(100 * cursor[0] / side)} % from the left, ${Math.round(100 * cursor[1] / side)} % from the top`;
  });
  document.getElementById("clear").addEventListener("click", clear);
  clear();
}

function form() {
  const fields = [...document.querySelectorAll("#input input, #input select")];
  const read = () => {
    const row = fields.map((field) => (field.value === "" ? NaN : Number(field.value)));
    if (model.fill.length > 0 || row.every(Number.isFinite)) show(predict(row)); // an empty field is a missing value
  };
  fields.forEach((field) => field.addEventListener("input", read));
  read();
}

if (model.image) drawing();
else form();
