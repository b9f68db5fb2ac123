import { expect, it } from 'vitest';
import { literalAt } from '../src/literals';

it.each([
  ['size = 0.25', 9, '0.25'],
  ['size = 0.25', 3, null],
  ['f(-1_000)', 5, '1_000'],
  ['x2 = y1', 1, null],
  ['read("a, b.csv", \'c\')', 8, '"a, b.csv"'],
  ['read("a", sep=\'c\')', 15, "'c'"],
  ['f(shuffle=True)', 12, 'True'],
  ['1e-3 + .5', 2, '1e-3'],
  ['1e-3 + .5', 8, '.5']
])('in %s at %i it is %s', (source, offset, literal) => {
  expect(literalAt(source, offset)).toBe(literal);
});
