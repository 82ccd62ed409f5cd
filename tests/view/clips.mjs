// Clips whose frames carry their number as bars, and tables of them whose rows carry it too.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const size = {width: 320, height: 180};
const bits = 8;
const bar = {left: 16, top: 12, width: 36, height: 40};

function ffmpeg(args, input) {
  const run = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args], {input, maxBuffer: 1 << 26});
  if (run.status !== 0) throw new Error(`ffmpeg ${args.join(' ')}: ${run.stderr}`);
}

// Grey frames: bar b is white where bit b of the frame's number is set. A slow ramp below makes
// each picture another one as a whole, too.
function frames(count) {
  const {width, height} = size;
  const all = Buffer.alloc(width * height * count, 40);
  for (let n = 1; n <= count; ++n) {
    const at = (n - 1) * width * height;
    for (let b = 0; b < bits; ++b)
      if ((n >> b) & 1)
        for (let y = bar.top; y < bar.top + bar.height; ++y)
          all.fill(
            235,
            at + y * width + bar.left + b * bar.width,
            at + y * width + bar.left + (b + 1) * bar.width,
          );
    for (let y = 80; y < 110; ++y)
      all.fill(60 + (n % 64), at + y * width + 20, at + y * width + 300);
  }
  return all;
}

const h264 = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-g', '25', '-bf', '2', '-b_strategy', '0'];
const kinds = {
  'mp4 with B-frames and edit list': ['clip.mp4', h264],
  mov: ['clip.mov', h264],
  mkv: ['clip.mkv', h264],
  'webm with variable rate and late start': [
    'clip.webm',
    [
      '-vf',
      'setpts=N+2*floor(N/5)',
      '-fps_mode',
      'passthrough',
      '-c:v',
      'libvpx',
      '-b:v',
      '1M',
      '-g',
      '25',
      '-auto-alt-ref',
      '0',
      '-output_ts_offset',
      '3',
    ],
  ],
  'webm with a changing rate and a pause': [
    'pause.webm',
    [
      '-vf',
      'setpts=if(lt(N\\,30)\\,N\\,if(lt(N\\,50)\\,30+3*(N-30)\\,150+N-50))',
      '-fps_mode',
      'passthrough',
      '-c:v',
      'libvpx',
      '-b:v',
      '1M',
      '-g',
      '25',
      '-auto-alt-ref',
      '0',
    ],
  ],
  'webm with two frames of one time': [
    'twice.webm',
    [
      '-vf',
      'setpts=N-eq(N\\,30)',
      '-fps_mode',
      'passthrough',
      '-c:v',
      'libvpx',
      '-b:v',
      '1M',
      '-g',
      '25',
      '-auto-alt-ref',
      '0',
    ],
  ],
  avi: ['clip.avi', ['-c:v', 'mpeg4', '-q:v', '3', '-g', '25', '-bf', '2']],
  wmv: ['clip.wmv', ['-c:v', 'wmv2', '-b:v', '1M', '-g', '25']],
  'mpeg-ts': ['clip.ts', h264],
  'fragmented mp4': ['fragmented.mp4', [...h264, '-movflags', 'frag_keyframe+empty_moov']],
  // Chromium plays its sound and shows nothing, without any error.
  'mp4 of MPEG-4 ASP with sound': [
    'asp.mp4',
    [
      '-f',
      'lavfi',
      '-i',
      'sine=frequency=440',
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-shortest',
      '-c:v',
      'mpeg4',
      '-q:v',
      '3',
      '-g',
      '25',
      '-bf',
      '2',
      '-c:a',
      'aac',
    ],
  ],
  'folder of pictures': ['pictures', []],
  mjpeg: ['mjpeg.mkv', ['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p']],
};
export const containers = Object.keys(kinds);

// Makes the clip in a folder; returns its file. A folder of pictures has a manifest, which says
// that it is one.
export function makeClip(folder, kind, count) {
  const [name, options] = kinds[kind];
  let file = path.join(folder, name);
  if (kind === 'folder of pictures') {
    fs.mkdirSync(file);
    fs.writeFileSync(
      path.join(folder, 'pictures.manifest.json'),
      JSON.stringify({auriga: '1', status: 'complete', input: {path: 'pictures'}}),
    );
    file = path.join(file, '%04d.png');
  }
  ffmpeg(
    [
      '-f',
      'rawvideo',
      '-pix_fmt',
      'gray',
      '-s',
      `${size.width}x${size.height}`,
      '-r',
      '25',
      '-i',
      'pipe:0',
      ...options,
      file,
    ],
    frames(count),
  );
  return path.join(folder, name);
}

// When a frame of the clip with a pause is shown, s.
export const pauseTime = (n) => (n <= 30 ? n - 1 : n <= 50 ? 30 + 3 * (n - 31) : 99 + n) / 25;

// A table as OpenFace writes it. In frame n all 68 landmarks have x = 20 + 3 n, and AU12_r is n /
// 20; AU04 is present in frames 10 to 19 and 40 to 49, blinks are at 30 and 31; frame 25 was not
// followed.
export function makeTable(
  file,
  count,
  {faces = 1, units = true, time = (n) => (n - 1) / 25} = {},
) {
  const landmarks = Array.from({length: 68}, (_, i) => i);
  const header = [
    'frame',
    'face_id',
    'timestamp',
    'confidence',
    'success',
    'pose_Tx',
    'pose_Ty',
    'pose_Tz',
    'pose_Rx',
    'pose_Ry',
    'pose_Rz',
    'gaze_angle_x',
    'gaze_angle_y',
    ...landmarks.map((i) => `x_${i}`),
    ...landmarks.map((i) => `y_${i}`),
    ...(units ? ['AU04_r', 'AU12_r', 'AU45_r', 'AU04_c', 'AU12_c', 'AU45_c'] : []),
  ];
  const lines = [header.join(', ')];
  for (let n = 1; n <= count; ++n)
    for (let face = 0; face < faces; ++face) {
      const followed = n !== 25;
      const frown = (n >= 10 && n <= 19) || (n >= 40 && n <= 49);
      const blink = n === 30 || n === 31;
      lines.push(
        [
          n,
          face,
          time(n).toFixed(3),
          followed ? 0.98 : 0.1,
          followed ? 1 : 0,
          10,
          20,
          500,
          0.1,
          (n % 20) / 100,
          0,
          0.05,
          0.02,
          ...landmarks.map(() => (20 + 3 * n + 100 * face).toFixed(1)),
          ...landmarks.map((i) => (120 + i / 2).toFixed(1)),
          ...(units
            ? [
                frown ? 2.5 : 0,
                (n / 20).toFixed(2),
                blink ? 2 : 0,
                frown ? 1 : 0,
                n >= 20 ? 1 : 0,
                blink ? 1 : 0,
              ]
            : []),
        ].join(', '),
      );
    }
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
}

// As `auriga extract --mesh` writes it: in frame n all points have x = 20 + 3 n.
export function makeMesh(file, count) {
  const points = Array.from({length: 478}, (_, i) => i);
  const names = ['x', 'y', 'z'].flatMap((axis) => points.map((i) => `${axis}_${i}`));
  const lines = [['frame', 'face_id', 'timestamp', 'confidence', 'success', ...names].join(',')];
  for (let n = 1; n <= count; ++n)
    lines.push(
      [
        `${n},0,${((n - 1) / 25).toFixed(3)},0.98,${n === 25 ? 0 : 1}`,
        ...names.map((name, i) =>
          n === 25 ? '' : i < 478 ? landmarkX(n) : i < 956 ? (120 + (i - 478) / 12).toFixed(2) : 0,
        ),
      ].join(','),
    );
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
}

export const landmarkX = (frame) => 20 + 3 * frame;
// Where the bars are in the picture, and between which y the landmarks.
export const barGeometry = {bits, ...bar, points: [115, 160]};
