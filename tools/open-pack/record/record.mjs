// Runs MediaPipe's networks in TensorFlow Lite's own runtime, on inputs made by a formula, and prints some of their outputs as
// JSON. `record` calls it: node record.mjs RUNTIME_FOLDER FACE_MESH_ASSETS FACE_DETECTION_FULL_RANGE FACE_BLENDSHAPES
import fs from 'node:fs';
import path from 'node:path';

const [runtimeFolder, faceMeshAssets, fullRange, blendshapes] = process.argv.slice(2);
const assets = fs.readFileSync(faceMeshAssets);
const attention = assets.subarray(0, 2495952);

// The inputs' ranges are those that the networks are made for; the features', what the trunk gives.
const detector = {cell: 16, low: -1, high: 1};
const region = {cell: 4, low: -2, high: 4};
const networks = [
  {name: 'face_detection_short_range', file: assets.subarray(3757224, 3986256), ...detector,
   outputs: {boxes: 'regressors', scores: 'classificators'}},
  {name: 'face_detection_full_range', file: fs.readFileSync(fullRange), ...detector,
   outputs: {boxes: 'reshaped_regressor_face_4', scores: 'reshaped_classifier_face_4'}},
  {name: 'face_mesh_trunk', file: attention, cell: 24, low: 0, high: 1,
   outputs: {landmarks: 'reshape', features: 'p_re_lu_3', face: 'conv_faceflag'}},
  {name: 'face_mesh_lips', file: attention, input: 'transform_tensor_bilinear_v2', ...region, outputs: {lips: 'reshape_1'}},
  {name: 'face_mesh_left_eye', file: attention, input: 'transform_tensor_bilinear_v2_1', ...region,
   outputs: {eye: 'reshape_3', iris: 'reshape_4'}},
  {name: 'face_mesh_right_eye', file: attention, input: 'transform_tensor_bilinear_v2_2', ...region,
   outputs: {eye: 'reshape_6', iris: 'reshape_7'}},
  // A list of points is a picture with one row of them.
  {name: 'face_blendshapes', file: fs.readFileSync(blendshapes), cell: 8, low: 0, high: 200,
   outputs: {blendshapes: 'StatefulPartitionedCall:0'}},
];
const seeds = [1, 2, 3];

// The TFLite file with another input and other outputs, and only the operators between them: the runtime has no custom
// operators. Changed in place: the lists of inputs, outputs and operators are rewritten, no longer than they were.
function cut(bytes, inputName, outputNames) {
  const b = Buffer.from(bytes);
  const follow = at => at + b.readUInt32LE(at);
  const field = (table, i) => {
    const fields = table - b.readInt32LE(table);
    const offset = 4 + 2 * i < b.readUInt16LE(fields) ? b.readUInt16LE(fields + 4 + 2 * i) : 0;
    return offset && table + offset;
  };
  const vector = (table, i) => follow(field(table, i));
  const list = at => Array.from({length: b.readUInt32LE(at)}, (_, k) => at + 4 + 4 * k);
  const integers = at => list(at).map(k => b.readInt32LE(k));
  const graph = follow(list(vector(follow(0), 2))[0]);

  const names = list(vector(graph, 0)).map(k => {
    const name = vector(follow(k), 3);
    return b.toString('utf8', name + 4, name + 4 + b.readUInt32LE(name));
  });
  const index = name => {
    if (!names.includes(name)) throw new Error('no tensor ' + name);
    return names.indexOf(name);
  };
  const put = (at, values) => {
    if (values.length > b.readUInt32LE(at)) throw new Error('no room');
    b.writeUInt32LE(values.length, at);
    values.forEach((value, k) => b.writeInt32LE(value, at + 4 + 4 * k));
  };
  const inputs = inputName ? [index(inputName)] : integers(vector(graph, 1));
  const outputs = outputNames.map(index);

  const operators = vector(graph, 3), tables = list(operators).map(follow);
  const wanted = new Set(outputs), kept = [];
  for (const table of [...tables].reverse()) {
    if (!integers(vector(table, 2)).some(i => wanted.has(i) && !inputs.includes(i))) continue;
    kept.unshift(table);
    integers(vector(table, 1)).forEach(i => wanted.add(i));
  }
  put(vector(graph, 1), inputs);
  put(vector(graph, 2), outputs);
  put(operators, kept.map((table, k) => table - (operators + 4 + 4 * k)));
  return b;
}

// A smooth picture: pseudo-random bytes on a lattice, interpolated. recorded_test.cpp makes the same.
function picture([, height, width, channels], {cell, low, high}, seed) {
  let state = seed;
  const byte = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 24;
  };
  const columns = Math.ceil(width / cell) + 1, rows = Math.ceil(height / cell) + 1;
  const lattice = Array.from({length: rows * columns * channels}, byte);
  const values = new Float32Array(height * width * channels);
  for (let y = 0, i = 0; y < height; ++y)
    for (let x = 0; x < width; ++x)
      for (let c = 0; c < channels; ++c, ++i) {
        const at = (row, column) => lattice[(row * columns + column) * channels + c];
        const row = Math.floor(y / cell), column = Math.floor(x / cell), fy = y % cell, fx = x % cell;
        const above = at(row, column) * (cell - fx) + at(row, column + 1) * fx;
        const below = at(row + 1, column) * (cell - fx) + at(row + 1, column + 1) * fx;
        values[i] = low + (high - low) * ((above * (cell - fy) + below * fy) / (255 * cell * cell));
      }
  return values;
}

async function loadRuntime() {
  const script = path.join(runtimeFolder, 'wasm/tflite_web_api_cc.js'), module = {exports: {}};
  const source = fs.readFileSync(script, 'utf8') + '\nmodule.exports = tflite_web_api_ModuleFactory;';
  new Function('module', 'require', '__dirname', '__filename', source)(
      module, name => ({fs, path})[name], path.dirname(script), script);
  return module.exports({wasmBinary: fs.readFileSync(script.replace(/js$/, 'wasm')), print() {}, printErr: console.error});
}

const all = v => Array.from({length: v.size()}, (_, k) => v.get(k));

const runtime = await loadRuntime();
const lines = [];
for (const network of networks) {
  const file = cut(network.file, network.input, Object.values(network.outputs));
  const memory = runtime._malloc(file.length);
  runtime.HEAPU8.set(file, memory);
  const made = runtime.TFLiteWebModelRunner.CreateFromBufferAndOptions(
      memory, file.length, {numThreads: 1, enableProfiling: false, maxProfilingBufferEntries: 1});
  if (!made.ok()) throw new Error(network.name + ': ' + made.errorMessage());
  const runner = made.value(), input = all(runner.GetInputs())[0];
  const shape = input.shape.split(',').map(Number);
  const records = seeds.map(seed => {
    input.data().set(picture([...Array(4 - shape.length).fill(1), ...shape], network, seed));
    if (!runner.Infer()) throw new Error(network.name + ' does not run');
    const outputs = Object.entries(network.outputs).map(([name, tensor]) => {
      const output = all(runner.GetOutputs()).find(t => t.name === tensor), data = output.data();
      // About 150 values. The step has no divisor in common with the number of channels.
      let step = Math.max(1, Math.floor(data.length / 150));
      while (step > 1 && ![2, 3, 5, 7, 11].every(p => step % p)) ++step;
      const values = Array.from({length: Math.ceil(data.length / step)}, (_, k) => +data[k * step].toPrecision(8));
      return JSON.stringify({name, shape: output.shape.split(',').map(Number), step, values});
    });
    return `{"seed": ${seed}, "outputs": [\n${outputs.join(',\n')}]}`;
  });
  const {name, cell, low, high} = network;
  lines.push(`{"network": "${name}", "input": ${JSON.stringify({shape, cell, low, high})}, "records": [\n${records.join(',\n')}]}`);
}
console.log(`{"networks": [\n${lines.join(',\n')}\n]}`);
