// The page of `auriga live --view`: the latest picture, its numbers, and the last minute of them.
import {colour, el} from './dom.js';
import {drawShapes, faceColour, overlayShapes, valuesPerFrame} from './overlay.js';
import {Past, packetOf} from './live_data.js';

const trouble = document.getElementById('trouble');
const picture = document.getElementById('picture');
const facts = document.getElementById('facts');
const drawn = document.getElementById('drawn');
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function get(path) {
  const response = await fetch(path, {cache: 'no-store'});
  if (!response.ok) throw new Error(await response.text());
  return response;
}

function say(text) {
  if (trouble.textContent !== text) trouble.textContent = text;
}

const cells = new Map();
function fact(name, value) {
  if (!cells.has(name)) {
    const cell = el('dd');
    facts.append(el('div', {}, el('dt', {text: name}), cell));
    cells.set(name, cell);
  }
  cells.get(name).textContent = value;
}

function rowsOf(units) {
  const body = document.querySelector('#units tbody');
  return units.map((unit) => {
    const now = el('td', {class: 'number', text: '–'});
    const strip = el('canvas', {'aria-hidden': 'true'});
    body.append(el('tr', {}, el('th', {scope: 'row', text: unit}), now, el('td', {}, strip)));
    return {now, strip};
  });
}

function drawStrip(strip, past, unit, end) {
  const ratio = devicePixelRatio;
  const width = Math.round(strip.clientWidth * ratio);
  const height = Math.round(strip.clientHeight * ratio);
  if (strip.width !== width) strip.width = width;
  if (strip.height !== height) strip.height = height;
  const context = strip.getContext('2d');
  context.clearRect(0, 0, width, height);
  context.strokeStyle = colour('curve');
  context.lineWidth = 1.3 * ratio;
  context.beginPath();
  let open = false;
  for (const moment of past.moments) {
    const value = moment.face ? moment.intensities[unit] : NaN;
    if (!Number.isFinite(value)) {
      open = false;
      continue;
    }
    const x = width * (1 - (end - moment.time) / past.length);
    const y = (height - ratio) * (1 - Math.min(Math.max(value / 5, 0), 1)) + ratio / 2;
    if (open) context.lineTo(x, y);
    else context.moveTo(x, y);
    open = true;
  }
  context.stroke();
}

async function drawPicture(packet) {
  const bitmap = await createImageBitmap(packet.jpeg);
  const {width, height, faces} = packet.facts;
  if (picture.width !== bitmap.width || picture.height !== bitmap.height) {
    picture.width = bitmap.width;
    picture.height = bitmap.height;
  }
  const context = picture.getContext('2d');
  context.drawImage(bitmap, 0, 0);
  const scale = bitmap.width / width;
  bitmap.close();
  if (!drawn.checked || !(height > 0)) return;
  faces.forEach((face, i) => {
    const values = new Float32Array(valuesPerFrame).fill(NaN);
    values[0] = 1;
    values[1] = face.confidence;
    values.set(face.x, 2);
    values.set(face.y, 2 + 68);
    drawShapes(context, overlayShapes(values, {landmarks: true}, {colour: faceColour(i)}), {scale, x: 0, y: 0});
  });
}

const degrees = (radians) => `${Math.round(radians * 180 / Math.PI)}°`;

function showFacts(packet, rate) {
  const {frame, latency_ms: latency, lost, neutral, faces} = packet.facts;
  fact('Frame', String(frame));
  fact('Shown', `${rate.toFixed(0)} a second`);
  fact('Latency', `${latency.toFixed(1)} ms`);
  fact('Not analysed', String(lost));
  fact('Neutral face', neutral);
  fact('Faces', String(faces.length));
  const face = faces[0];
  fact('Head', face ? `pitch ${degrees(face.pitch)}, yaw ${degrees(face.yaw)}, roll ${degrees(face.roll)}` : '–');
  fact('Confidence', face ? face.confidence.toFixed(2) : '–');
}

async function main() {
  let setup;
  for (;;) {
    setup = await (await get('/api/live')).json();
    if (setup.units.length > 0) break;
    say('There was no picture yet.');
    await wait(500);
  }
  document.getElementById('source').textContent = setup.source;
  const rows = rowsOf(setup.units);
  const past = new Past(setup.minute_s);
  past.add(await (await get('/api/live/past')).json());
  const shown = [];
  let after = -1;
  for (;;) {
    try {
      const response = await get(`/api/live/next?after=${after}`);
      if (response.status === 204) {
        say('No new picture.');
        continue;
      }
      say('');
      const packet = packetOf(await response.arrayBuffer());
      // What came between two pictures that were shown is in the past as well.
      const missed = packet.facts.frame - 1 > after + 1 && after >= 0;
      if (missed) past.add(await (await get(`/api/live/past?after=${past.last}`)).json());
      else past.addPacket(packet.facts);
      after = packet.facts.frame - 1;
      await drawPicture(packet);
      const now = performance.now();
      shown.push(now);
      while (shown[0] < now - 1000) shown.shift();
      showFacts(packet, shown.length);
      const face = packet.facts.faces[0];
      rows.forEach((row, i) => {
        row.now.textContent = face ? face.intensities[i].toFixed(2) : '–';
        drawStrip(row.strip, past, i, packet.facts.time);
      });
      await new Promise((resolve) => requestAnimationFrame(resolve));
    } catch (error) {
      say(`auriga live does not answer: ${error.message}. It is asked again.`);
      await wait(1000);
    }
  }
}

main().catch((error) => say(error.message));
