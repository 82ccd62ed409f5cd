// What is drawn over a picture, from the 270 numbers that the server gives per frame and face.
// Shapes are values, so that the same ones go to a canvas, to an SVG file and into tests.

export const valuesPerFrame = 270;
const at = {
  success: 0,
  confidence: 1,
  x: 2,
  y: 70,
  box: 138,
  head: 142,
  gaze: 150,
  eyeX: 158,
  eyeY: 214,
};

// The 68 points of iBUG: [first, last, closed].
const lines = [
  [0, 16, false],
  [17, 21, false],
  [22, 26, false],
  [27, 30, false],
  [30, 35, false],
  [36, 41, true],
  [42, 47, true],
  [48, 59, true],
  [60, 67, true],
];
// The 28 points of an eye in OpenFace's order: pupil, lids, iris.
const loops = [
  [0, 7],
  [8, 19],
  [20, 27],
];

export const layers = [
  {key: 'landmarks', text: 'Landmarks'},
  {key: 'box', text: 'Box'},
  {key: 'head', text: 'Head axes'},
  {key: 'gaze', text: 'Gaze'},
  {key: 'eyes', text: 'Eye contour'},
  {key: 'mesh', text: 'Mesh'},
];

// One colour per face, told apart on skin and on dark and light ground.
export const faceColours = [
  '#4cc9f0',
  '#ffb000',
  '#3ddc97',
  '#ff7aa8',
  '#c3a6ff',
  '#f4f06a',
  '#ff8c5a',
  '#9ad1ff',
];
export const faceColour = (index) => faceColours[index % faceColours.length];
const axisColours = ['#ff5c5c', '#4be36a', '#5c9dff'];

const known = (...numbers) => numbers.every(Number.isFinite);

// values: valuesPerFrame numbers; shown: {landmarks, box, head, gaze, eyes, mesh}: booleans; mesh:
// null or 478 pairs. Returns [{kind: 'line' | 'dots', points: [[x, y]...], closed, colour, width}]
// in pixels of the picture; widths in pixels of the screen.
export function overlayShapes(values, shown, {colour, chosen = true, mesh = null}) {
  const shapes = [];
  const width = chosen ? 1.5 : 1;
  if (mesh && shown.mesh) {
    const points = [];
    for (let i = 0; i + 1 < mesh.length; i += 2)
      if (known(mesh[i], mesh[i + 1])) points.push([mesh[i], mesh[i + 1]]);
    shapes.push({kind: 'dots', points, colour, width: 0.8});
  }
  if (!values) return shapes;
  const point = (x, y, i) => [values[x + i], values[y + i]];
  if (
    shown.box &&
    known(values[at.box], values[at.box + 1], values[at.box + 2], values[at.box + 3])
  ) {
    const [x, y, w, h] = values.slice(at.box, at.box + 4);
    shapes.push({
      kind: 'line',
      closed: true,
      points: [
        [x, y],
        [x + w, y],
        [x + w, y + h],
        [x, y + h],
      ],
      colour,
      width,
    });
  }
  if (shown.landmarks) {
    for (const [first, last, closed] of lines) {
      const points = [];
      for (let i = first; i <= last; ++i) points.push(point(at.x, at.y, i));
      if (points.every((p) => known(...p)))
        shapes.push({kind: 'line', closed, points, colour, width: width / 2});
    }
    const dots = [];
    for (let i = 0; i < 68; ++i)
      if (known(...point(at.x, at.y, i))) dots.push(point(at.x, at.y, i));
    if (dots.length > 0)
      shapes.push({kind: 'dots', points: dots, colour, width: chosen ? 1.6 : 1.1});
  }
  if (shown.eyes) {
    for (let eye = 0; eye < 2; ++eye) {
      for (const [first, last] of loops) {
        const points = [];
        for (let i = first; i <= last; ++i) points.push(point(at.eyeX, at.eyeY, 28 * eye + i));
        if (points.every((p) => known(...p)))
          shapes.push({kind: 'line', closed: true, points, colour: '#ffffff', width: 1});
      }
    }
  }
  if (shown.head && known(values[at.head], values[at.head + 1])) {
    axisColours.forEach((axis, i) => {
      const end = [values[at.head + 2 + 2 * i], values[at.head + 3 + 2 * i]];
      if (known(...end))
        shapes.push({
          kind: 'line',
          closed: false,
          points: [[values[at.head], values[at.head + 1]], end],
          colour: axis,
          width: 2.5,
        });
    });
  }
  if (shown.gaze) {
    for (let eye = 0; eye < 2; ++eye) {
      const g = at.gaze + 4 * eye;
      if (known(values[g], values[g + 1], values[g + 2], values[g + 3]))
        shapes.push({
          kind: 'line',
          closed: false,
          points: [
            [values[g], values[g + 1]],
            [values[g + 2], values[g + 3]],
          ],
          colour: '#ffe14d',
          width: 2,
        });
    }
  }
  return shapes;
}

// Where the name of a face is written: [x, y] of the picture, null without landmarks or box.
export function nameAnchor(values) {
  if (!values) return null;
  if (known(values[at.box], values[at.box + 1])) return [values[at.box], values[at.box + 1]];
  let x = Infinity;
  let y = Infinity;
  for (let i = 0; i < 68; ++i) {
    if (values[at.x + i] < x) x = values[at.x + i];
    if (values[at.y + i] < y) y = values[at.y + i];
  }
  return known(x, y) ? [x, y] : null;
}

// view: {scale, x, y}: a point p of the picture lies at (p * scale + offset) of the canvas.
export function drawShapes(context, shapes, view, pixelRatio = 1) {
  const place = ([x, y]) => [x * view.scale + view.x, y * view.scale + view.y];
  context.lineJoin = context.lineCap = 'round';
  for (const shape of shapes) {
    // A dark rim keeps bright lines visible on bright skin.
    for (const rim of [true, false]) {
      const grow = rim ? 1.2 * pixelRatio : 0;
      context.strokeStyle = context.fillStyle = rim ? 'rgba(0,0,0,.45)' : shape.colour;
      context.beginPath();
      if (shape.kind === 'dots') {
        for (const p of shape.points) {
          const [x, y] = place(p);
          const radius = shape.width * pixelRatio + grow / 2;
          context.moveTo(x + radius, y);
          context.arc(x, y, radius, 0, 2 * Math.PI);
        }
        context.fill();
      } else {
        shape.points.forEach((p, i) =>
          i === 0 ? context.moveTo(...place(p)) : context.lineTo(...place(p)),
        );
        if (shape.closed) context.closePath();
        context.lineWidth = shape.width * pixelRatio + grow;
        context.stroke();
      }
    }
  }
}

const short = (n) => String(Math.round(n * 100) / 100);

// The shapes as elements of an SVG in pixels of the picture.
export function shapesToSvg(shapes, unit = 1) {
  return shapes
    .map((shape) => {
      if (shape.kind === 'dots') {
        return (
          `<g fill="${shape.colour}">` +
          shape.points
            .map(
              ([x, y]) =>
                `<circle cx="${short(x)}" cy="${short(y)}" r="${short(shape.width * unit)}"/>`,
            )
            .join('') +
          '</g>'
        );
      }
      const tag = shape.closed ? 'polygon' : 'polyline';
      return (
        `<${tag} points="${shape.points.map(([x, y]) => `${short(x)},${short(y)}`).join(' ')}" fill="none" ` +
        `stroke="${shape.colour}" stroke-width="${short(shape.width * unit)}" stroke-linecap="round"/>`
      );
    })
    .join('\n');
}
