// The picture and the timeline as PNG and SVG.
import {colour, el} from './dom.js';
import {escaped} from './format.js';
import {drawShapes, nameAnchor, shapesToSvg} from './overlay.js';
import {absentRanges, presentRanges} from './columns.js';

export function pngOf(canvas) {
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('the browser made no PNG of it'))),
      'image/png',
    ),
  );
}

// A drawing as PNG, `scale` times as large. The SVG names nothing outside itself.
export async function rasterised(svg, width, height, scale = 2) {
  const url = URL.createObjectURL(new Blob([svg], {type: 'image/svg+xml'}));
  try {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    const canvas = el('canvas', {
      width: Math.round(width * scale),
      height: Math.round(height * scale),
    });
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await pngOf(canvas);
  } finally {
    URL.revokeObjectURL(url);
  }
}

export function picturePng(stage) {
  const {canvas, context} = stage.whole();
  const unit = Math.max(1, stage.size.width / 640);
  for (const layer of stage.layers) {
    drawShapes(context, layer.shapes, {scale: 1, x: 0, y: 0}, unit);
    const anchor = layer.name ? nameAnchor(layer.values) : null;
    if (!anchor) continue;
    context.font = `600 ${14 * unit}px sans-serif`;
    context.fillStyle = layer.colour;
    context.fillText(layer.name, anchor[0], Math.max(14 * unit, anchor[1] - 6 * unit));
  }
  return pngOf(canvas);
}

export function pictureSvg(stage, title) {
  const {canvas} = stage.whole();
  const {width, height} = stage.size;
  const unit = Math.max(1, width / 640);
  const names = stage.layers
    .map((layer) => {
      const anchor = layer.name ? nameAnchor(layer.values) : null;
      return anchor
        ? `<text x="${anchor[0].toFixed(1)}" y="${Math.max(14 * unit, anchor[1] - 6 * unit).toFixed(1)}" font-family="sans-serif" font-weight="600" font-size="${14 * unit}" fill="${layer.colour}">${escaped(layer.name)}</text>`
        : '';
    })
    .join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${escaped(title)}</title>
<image href="${canvas.toDataURL('image/jpeg', 0.92)}" width="${width}" height="${height}"/>
${stage.layers.map((layer) => shapesToSvg(layer.shapes, unit)).join('\n')}
${names}
</svg>
`;
}

const short = (n) => String(Math.round(n * 100) / 100);

// The outline of a curve: along its maxima and back along its minima; where they are equal that is
// a line.
function curvePath(column, gaps, xOf, yOf) {
  const parts = [];
  let run = [];
  const flush = () => {
    if (run.length > 0) {
      const there = run.map(([x, , high]) => `${short(x)} ${short(yOf(high))}`);
      const wide = run.some(([, low, high]) => low !== high);
      const back = wide
        ? [...run].reverse().map(([x, low]) => `${short(x)} ${short(yOf(low))}`)
        : [];
      parts.push(
        `M${there.join('L')}${back.length > 0 ? `L${back.join('L')}Z` : run.length === 1 ? 'h1' : ''}`,
      );
    }
    run = [];
  };
  for (let i = 0; i < column.high.length; ++i) {
    if (Number.isNaN(column.high[i])) flush();
    else run.push([xOf(i), column.low[i], column.high[i]]);
    if (gaps.has(i)) flush();
  }
  flush();
  return parts.join('');
}

// {svg, width, height} of what the timeline shows now, in the colours of the theme.
export function timelineSvg(timeline, title) {
  const [left, plot, line, top] = [150, 900, 44, 58];
  const rows = timeline.shownRows;
  const width = left + plot + 20;
  const height = top + rows.length * line + 10;
  const {start, end} = timeline.window;
  const x = (position) => left + ((position - start) / (end - start || 1)) * plot;
  const clip = (range) => {
    const [a, b] = timeline.span(range);
    return [Math.max(left, x(a)), Math.min(left + plot, x(b))];
  };
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${colour('ground')}"/>`,
    `<text x="8" y="16" font-weight="600" fill="${colour('text')}">${escaped(title)}</text>`,
    `<clipPath id="plot"><rect x="${left}" y="0" width="${plot}" height="${height}"/></clipPath>`,
  ];
  for (const tick of timeline.ticks(plot)) {
    const y = 26 + tick.line * 14;
    out.push(
      `<path d="M${short(left + tick.x)} ${y}v12" stroke="${colour('quiet')}"/><text x="${short(left + tick.x + 3)}" y="${y + 10}" fill="${colour(tick.line === 0 ? 'text' : 'quiet')}">${escaped(tick.text)}</text>`,
    );
  }
  const band = (first, last, fill) => {
    const [a, b] = clip({first, last});
    if (b > a)
      out.push(
        `<rect x="${short(a)}" y="${top}" width="${short(b - a)}" height="${rows.length * line}" fill="${fill}"/>`,
      );
  };
  for (const mark of timeline.marks)
    if (mark.kind === 'exclude') band(mark.first, mark.last, colour('veil'));
  if (timeline.selection) band(timeline.selection.from, timeline.selection.to, colour('selection'));
  rows.forEach((row, r) => {
    const y = top + r * line;
    const [low, high] = timeline.rangeOf(row);
    const yOf = (value) => y + line - 9 - ((value - low) / (high - low)) * (line - 14);
    out.push(
      `<path d="M0 ${y}H${width}" stroke="${colour('rule')}"/>`,
      `<text x="8" y="${y + 18}" font-weight="600" fill="${colour('text')}">${escaped(row.label)}</text>`,
      `<text x="8" y="${y + 32}" fill="${colour('quiet')}">${escaped(row.meaning)}</text>`,
      `<g clip-path="url(#plot)">`,
    );
    if (timeline.data) {
      const {columns, edges, gaps} = timeline.data;
      if (timeline.compared && row.pairs)
        for (const range of timeline.rowDifferences(row)) {
          const [a, b] = clip(range);
          if (b > a)
            out.push(
              `<rect x="${short(a)}" y="${y}" width="${short(b - a)}" height="${line}" fill="${colour('difference')}"/>`,
            );
        }
      const colours = timeline.curveColours(row);
      row.curves.forEach((name, i) => {
        const column = columns.get(name);
        if (!column) return;
        const path = curvePath(column, gaps, (p) => x(timeline.middleOf(p)), yOf);
        out.push(`<path d="${path}" fill="none" stroke="${colours[i]}" stroke-width="1"/>`);
      });
      [row.bar, row.otherBar].forEach((name, i) => {
        const column = name && columns.get(name);
        if (!column) return;
        const bars = (ranges, fill) => {
          for (const range of ranges) {
            const [a, b] = clip(range);
            if (b > a)
              out.push(
                `<rect x="${short(a)}" y="${y + line - 4 - 4 * i}" width="${short(b - a)}" height="3" fill="${fill}"/>`,
              );
          }
        };
        const state = row.group === 'state';
        bars(
          presentRanges(column, edges, timeline.apart),
          timeline.compared
            ? colour(i === 0 ? 'curve-a' : 'curve-b')
            : colour(state ? 'followed' : 'present'),
        );
        if (state && !timeline.compared) bars(absentRanges(column, edges, timeline.apart), colour('bad'));
      });
    }
    out.push('</g>');
  });
  const cursor = timeline.axis.middle(timeline.frame);
  if (cursor >= start && cursor <= end)
    out.push(
      `<path d="M${short(x(cursor))} ${top - 32}V${height - 8}" stroke="${colour('cursor')}" stroke-width="1.5"/>`,
    );
  out.push('</svg>\n');
  return {svg: out.join('\n'), width, height};
}
