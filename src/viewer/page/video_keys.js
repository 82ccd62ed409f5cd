// What the keys do while a video is shown.
// [{group, keys, text, run}] of a video that is shown (keys.js).
export function videoKeys(view) {
  const second = () => Math.max(1, Math.round(1 / view.times.step));
  const faces = Array.from({length: Math.min(9, view.info.faces.length)}, (_, i) => i);
  return [
    {group: 'Play', keys: ['Space'], text: 'play or pause', run: () => view.togglePlay()},
    {group: 'Play', keys: ['<'], text: 'slower', run: () => view.changeSpeed(-1)},
    {group: 'Play', keys: ['>'], text: 'faster', run: () => view.changeSpeed(1)},
    {group: 'Play', keys: ['ArrowLeft'], text: 'one frame back', run: () => view.step(-1)},
    {group: 'Play', keys: ['ArrowRight'], text: 'one frame on', run: () => view.step(1)},
    {
      group: 'Play',
      keys: ['Shift+ArrowLeft'],
      text: 'ten frames back',
      run: () => view.step(-10),
    },
    {group: 'Play', keys: ['Shift+ArrowRight'], text: 'ten frames on', run: () => view.step(10)},
    {group: 'Play', keys: ['PageUp'], text: 'one second back', run: () => view.step(-second())},
    {group: 'Play', keys: ['PageDown'], text: 'one second on', run: () => view.step(second())},
    {group: 'Play', keys: ['Home'], text: 'first frame', run: () => view.goTo(1)},
    {group: 'Play', keys: ['End'], text: 'last frame', run: () => view.goTo(view.count)},
    {
      group: 'Play',
      keys: ['g'],
      text: 'type a frame number',
      run: () => {
        view.frameInput.focus();
        view.frameInput.select();
      },
    },
    {group: 'Find', keys: ['ArrowUp'], text: 'row above', run: () => view.moveRow(-1)},
    {group: 'Find', keys: ['ArrowDown'], text: 'row below', run: () => view.moveRow(1)},
    {
      group: 'Find',
      keys: ['n'],
      text: 'next event of the chosen unit',
      run: () => view.nextEvent(1),
    },
    {
      group: 'Find',
      keys: ['p'],
      text: 'previous event of the chosen unit',
      run: () => view.nextEvent(-1),
    },
    {
      group: 'Find',
      keys: ['e'],
      text: 'next frame without success',
      run: () => view.nextFailure(1),
    },
    {
      group: 'Find',
      keys: ['E'],
      text: 'previous frame without success',
      run: () => view.nextFailure(-1),
    },
    ...faces.map((i) => ({
      group: 'Find',
      keys: [String(i + 1)],
      text: `face ${i + 1} of the list`,
      run: () => view.chooseFace(view.info.faces[i].id),
      hidden: faces.length < 2,
    })),
    {
      group: 'Timeline',
      keys: ['+', '='],
      text: 'show less time',
      run: () => view.timeline.zoomBy(0.5),
    },
    {group: 'Timeline', keys: ['-'], text: 'show more time', run: () => view.timeline.zoomBy(2)},
    {group: 'Timeline', keys: ['0'], text: 'show all', run: () => view.timeline.fit()},
    {
      group: 'Timeline',
      keys: [','],
      text: 'move to earlier time',
      run: () => view.timeline.pan(-0.25),
    },
    {
      group: 'Timeline',
      keys: ['.'],
      text: 'move to later time',
      run: () => view.timeline.pan(0.25),
    },
    {
      group: 'Selection and marks',
      keys: ['['],
      text: 'selection begins at this frame',
      run: () => view.selectFrom('from'),
    },
    {
      group: 'Selection and marks',
      keys: [']'],
      text: 'selection ends at this frame',
      run: () => view.selectFrom('to'),
    },
    {
      group: 'Selection and marks',
      keys: ['v'],
      text: 'zoom to the selection',
      run: () => view.zoomToSelection(),
    },
    {
      group: 'Selection and marks',
      keys: ['Escape'],
      text: 'no selection',
      run: () => view.select(null),
    },
    {
      group: 'Selection and marks',
      keys: ['x'],
      text: 'exclude the selection',
      run: () => view.addMark('exclude'),
    },
    {
      group: 'Selection and marks',
      keys: ['l'],
      text: 'label the selection or this frame',
      run: () => view.addMark('label'),
    },
    {
      group: 'Selection and marks',
      keys: ['m'],
      text: 'mark this frame as a point',
      run: () => view.addMark('point'),
    },
    {
      group: 'Selection and marks',
      keys: ['o'],
      text: 'note at the selection or this frame',
      run: () => view.addMark('note'),
    },
    {
      group: 'Selection and marks',
      keys: ['Ctrl+z'],
      text: 'undo',
      run: () => view.marksPanel.undo(),
    },
    {
      group: 'Selection and marks',
      keys: ['Ctrl+Shift+z', 'Ctrl+y'],
      text: 'redo',
      run: () => view.marksPanel.redo(),
    },
    {group: 'Picture', keys: ['z'], text: 'zoom in', run: () => view.stage?.zoomBy(1.4)},
    {group: 'Picture', keys: ['Z'], text: 'zoom out', run: () => view.stage?.zoomBy(1 / 1.4)},
    {group: 'Picture', keys: ['r'], text: 'whole picture', run: () => view.stage?.reset()},
    {
      group: 'Picture',
      keys: ['a'],
      text: 'look to the left',
      run: () => view.stage?.moveBy(-0.15, 0),
    },
    {
      group: 'Picture',
      keys: ['d'],
      text: 'look to the right',
      run: () => view.stage?.moveBy(0.15, 0),
    },
    {group: 'Picture', keys: ['w'], text: 'look up', run: () => view.stage?.moveBy(0, -0.15)},
    {group: 'Picture', keys: ['s'], text: 'look down', run: () => view.stage?.moveBy(0, 0.15)},
    {
      group: 'Picture',
      keys: ['h'],
      text: 'hide or show what is drawn over it',
      run: () => view.toggleOverlay(),
    },
  ];
}
