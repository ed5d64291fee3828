import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isEmpty } from '../../src/transaction/plan.ts';
import { simulateAll } from '../../src/transaction/simulate.ts';
import { emptyMachine, type Model, planChange, type Recipe, withStore } from './model-machine.ts';
import { walkPlan } from './walk-plan.ts';

const foreign = {
  'esp:EFI/Microsoft/Boot/bootmgfw.efi': 'windows',
  'esp:loader/entries/debian.conf': 'title Debian\nlinux /vmlinuz\noptions root=/dev/sda2\n',
  'esp:loader/random-seed': 'seed',
};
const isForeign = (key: string): boolean => key in foreign;

/** How many random histories are walked; scripts/soak walks many. */
const histories = Number(process.env['GENCTL_TEST_HISTORIES'] ?? 3);

/** Walks one change, then gives the machine after it. */
function change(
  model: Model,
  recipes: readonly Recipe[],
  current: number,
  options: Parameters<typeof planChange>[3] = {},
): Model {
  const ready = withStore(model, recipes);
  const plan = planChange(ready, recipes, current, options);
  assert.not.ok(isEmpty(plan), 'there is something to do');
  const { crashes } = walkPlan(plan, ready.state, isForeign);
  assert.ok(crashes > 0, 'there are crashes to look at');
  const state = simulateAll(ready.state, [...plan.prepare, ...plan.commit, ...plan.cleanup]);
  const after = { recipes, current, state: { ...state, markedCommitted: false } };
  assert.ok(isEmpty(planChange(after, recipes, current, options)), 'a second run plans nothing');
  return after;
}

const first: Recipe = { number: 1, kernel: 'linux-6.1', initrds: ['initrd-6.1'] };
const second: Recipe = {
  number: 2,
  kernel: 'linux-6.1',
  initrds: ['initrd-6.1'],
  params: ['debug'],
};
const third: Recipe = {
  number: 3,
  kernel: 'linux-6.12',
  initrds: ['microcode', 'initrd-6.12'],
  specialisations: ['rescue', 'safe'],
};

test('a first generation', () => {
  change(emptyMachine(foreign), [first], 1);
});

test('one that shares its kernel, then one with kernels of its own', () => {
  const one = change(emptyMachine(foreign), [first], 1);
  const two = change(one, [first, second], 2);
  change(two, [first, second, third], 3);
});

test('only for the next boot', () => {
  const one = change(emptyMachine(foreign), [first], 1);
  change(one, [first, third], 3, { activate: false });
});

test('back to an older one, which needs no new bytes', () => {
  const one = change(emptyMachine(foreign), [first], 1);
  const three = change(one, [first, third], 3);
  const plan = planChange(three, [first, third], 1);
  assert.equal(
    plan.prepare.filter(({ kind }) => kind === 'create-file'),
    [],
  );
  change(three, [first, third], 1);
});

test('old ones go: entries, then blobs, then links, then the store', () => {
  const one = change(emptyMachine(foreign), [first], 1);
  const two = change(one, [first, second], 2);
  const three = change(two, [first, second, third], 3);
  change(three, [third], 3);
});

test('a new one while others fall out of the menu', () => {
  const one = change(emptyMachine(foreign), [first], 1);
  const two = change(one, [first, second], 2);
  change(two, [first, second, third], 3, { limit: 1 });
});

test('a second run plans nothing', () => {
  const one = change(emptyMachine(foreign), [first], 1);
  const plan = planChange(one, [first], 1);
  assert.equal([...plan.prepare, ...plan.commit, ...plan.cleanup], []);
});

test('random histories', () => {
  let seed = 20261122;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let history = 0; history < histories; history++) {
    let model = emptyMachine(foreign);
    let recipes: Recipe[] = [];
    for (let number = 1; number <= 5; number++) {
      const added: Recipe = {
        number,
        kernel: `linux-${random(3)}`,
        initrds: Array.from({ length: random(3) }, () => `initrd-${random(3)}`),
        params: [`n=${number}`],
        specialisations: random(3) === 0 ? ['rescue'] : [],
      };
      recipes = [...recipes, added];
      const current = recipes[random(3) === 0 ? random(recipes.length) : recipes.length - 1];
      if (current === undefined) throw new Error('no recipe');
      recipes = recipes.filter(recipe => recipe === current || random(4) !== 0);
      model = change(model, recipes, current.number, random(2) === 0 ? {} : { limit: 2 });
    }
  }
});

test.run();
