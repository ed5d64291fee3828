import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../src/errors.ts';
import type { Generation } from '../../src/generations/generation.ts';
import {
  isPinned,
  lastGood,
  recordOf,
  withGood,
  withNote,
  withoutPin,
  withoutRecords,
  withPin,
} from '../../src/generations/records.ts';
import { lookAtState, nextNumber, type State, withNumber } from '../../src/generations/state.ts';
import { generation, profile, unreadable } from './made-up.ts';
import { StateFile } from './state-file.ts';

const owner = '00000000-0000-4000-8000-000000000000';
const empty: State = { version: 1, owner, profiles: {} };
const fresh: State = { version: 1, owner, profiles: { system: { highestNumber: 9 } } };

/** Another system under a number that was there before. */
function reused(number: number): Generation {
  return { ...generation(number), target: `/nix/store/other-${number}` };
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'none';
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return thrown.code;
  }
}

test('a pin, a note and a good boot survive the file, and are of one generation alone', () => {
  using file = new StateFile();
  const state = withGood(
    withNote(withPin(fresh, generation(3)), generation(3), 'à la carte'),
    generation(3),
    50,
  );
  assert.ok(file.record(state));
  const read = file.read();
  assert.not.ok(file.record(read), 'what was read is what was written');
  assert.equal(recordOf(read, generation(3)), {
    target: '/nix/store/3',
    pinned: true,
    note: 'à la carte',
    goodAtSeconds: 50,
  });
  assert.ok(isPinned(read, generation(3)));
  assert.not.ok(isPinned(read, generation(4)));
  assert.not.ok(isPinned(read, { ...generation(3), profile: 'work' }));
});

test('a number that is reused for another system inherits nothing', () => {
  const state = withGood(
    withNote(withPin(fresh, generation(3)), generation(3), 'mine'),
    generation(3),
    50,
  );
  assert.is(recordOf(state, reused(3)), undefined);
  assert.not.ok(isPinned(state, reused(3)));
  assert.is(lastGood(state, profile(reused(3))), undefined);
  assert.equal(recordOf(withNote(state, reused(3), 'theirs'), reused(3)), {
    target: '/nix/store/other-3',
    note: 'theirs',
  });
  assert.ok(isPinned(withoutPin(state, reused(3)), generation(3)), 'it is not theirs to unpin');
});

test('what changes nothing gives the same state back, and what is undone leaves no trace', () => {
  const pinned = withPin(fresh, generation(3));
  assert.is(withPin(pinned, generation(3)), pinned);
  assert.is(withoutPin(fresh, generation(3)), fresh);
  assert.equal(withoutPin(pinned, generation(3)), fresh);
  const noted = withNote(pinned, generation(3), '  a note ');
  assert.is(withNote(noted, generation(3), 'a note'), noted);
  assert.equal(withNote(noted, generation(3), ' '), pinned);
  assert.equal(withNote(noted, generation(3), undefined), pinned);
  assert.is(withNote(fresh, generation(3), undefined), fresh);
  const good = withGood(fresh, generation(3), 50);
  assert.is(withGood(good, generation(3), 50), good);
  assert.is(withGood(good, generation(3), 49), good);
  assert.is(withoutRecords(pinned, 'system', new Set([4])), pinned);
  assert.is(withoutRecords(pinned, 'work', new Set([3])), pinned);
  assert.equal(withoutRecords(pinned, 'system', new Set([3, 4])), fresh);
});

test('a profile that nothing was remembered of, whatever its name', () => {
  using file = new StateFile();
  for (const name of ['work', '__proto__', 'constructor']) {
    const mine = { ...generation(7), profile: name };
    assert.not.ok(isPinned(empty, mine), name);
    file.record(withPin(empty, mine));
    assert.ok(isPinned(file.read(), mine), name);
    const after = { ...profile(mine), name };
    assert.is(nextNumber(file.read(), after), 8, 'numbers go on');
  }
});

test('fields of a newer genctl stay, and an older one keeps ours', () => {
  using file = new StateFile();
  file.write(
    JSON.stringify({
      version: 1,
      owner,
      later: 1,
      profiles: {
        system: {
          highestNumber: 4,
          later: 2,
          generations: { 3: { trial: { left: 2 }, target: '/nix/store/3' }, 4: { target: 'x' } },
        },
      },
    }),
  );
  const state = withNumber(withPin(file.read(), generation(3)), 'system', 5);
  file.record(state);
  const { profiles, later } = file.read();
  assert.is(later, 1);
  assert.equal(profiles['system'], {
    highestNumber: 5,
    later: 2,
    generations: {
      3: { trial: { left: 2 }, target: '/nix/store/3', pinned: true },
      4: { target: 'x' },
    },
  });
  assert.equal(recordOf(withoutPin(file.read(), generation(3)), generation(3)), {
    trial: { left: 2 },
    target: '/nix/store/3',
  });
});

test('a malformed record makes the state unreadable, so that no pin is lost in silence', () => {
  using file = new StateFile();
  const target = '/nix/store/3';
  for (const generations of [
    [],
    'x',
    { '03': { target } },
    { x: { target } },
    { 3: true },
    { 3: {} },
    { 3: { pinned: true } },
    { 3: { target: 3, pinned: true } },
    { 3: { target, pinned: 'yes' } },
    { 3: { target, pinned: false } },
    { 3: { target, pinned: 1 } },
    { 3: { target, note: ['x'] } },
    { 3: { target, goodAtSeconds: '5' } },
  ]) {
    const profiles = { system: { highestNumber: 4, generations } };
    file.write(JSON.stringify({ version: 1, owner, profiles }));
    const what = JSON.stringify(generations);
    assert.is(
      codeOf(() => file.read()),
      'STATE_UNREADABLE',
      what,
    );
    assert.is(lookAtState(file.root).finding?.code, 'STATE_UNREADABLE', what);
  }
});

test('the last good one is the one whose boot was found good last, whatever the clock says', () => {
  const all = profile(generation(1), generation(2), generation(3), unreadable(4));
  assert.is(lastGood(fresh, all), undefined);
  let state = withGood(withGood(fresh, generation(1), 100), generation(3), 200);
  assert.is(lastGood(state, all), 3);
  state = withGood(state, generation(1), 300);
  assert.is(lastGood(state, all), 1, 'gone back to');
  assert.is(lastGood(state, profile(generation(2), generation(3))), 3, 'the last one is gone');
  assert.is(
    lastGood(withGood(state, generation(4), 400), all),
    1,
    'what cannot be read boots nothing',
  );
  const wrong = withGood(state, generation(3), 9_999_999);
  const later = withGood(wrong, generation(2), 500);
  assert.is(lastGood(later, all), 2, 'the clock was ahead at the boot of 3');
  assert.is(withGood(later, generation(2), 500), later, 'and repeated runs change nothing');
});

test('notes that a terminal would obey or a line cannot hold are refused', () => {
  const long = 'x'.repeat(500);
  assert.is(recordOf(withNote(fresh, generation(3), long), generation(3))?.note, long);
  for (const text of [
    `${long}x`,
    'two\nlines',
    'a\ttab',
    '\u001b[31mred',
    'a\u0000b',
    'a\u007fb',
    'a\u0085b',
    'a\u2028b',
    'turned \u202eround',
    'half \ud800',
  ]) {
    const write = (): State => withNote(fresh, generation(3), text);
    assert.is(codeOf(write), 'NOTE_UNSAFE', JSON.stringify(text));
  }
});

test.run();
