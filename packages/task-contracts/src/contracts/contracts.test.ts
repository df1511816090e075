import assert from 'node:assert/strict';
import { ContractViolationError } from '@waybill/contract-kit';
import { catalogue } from './catalogue.ts';

/** Where a schema requires members: its own, and those of the objects and array items within. */
function* requiredMembers(
  schema: Record<string, unknown>,
  path: (string | number)[] = [],
): Generator<(string | number)[]> {
  for (const name of (schema['required'] as string[] | undefined) ?? []) yield [...path, name];
  const properties = (schema['properties'] ?? {}) as Record<string, Record<string, unknown>>;
  for (const [name, member] of Object.entries(properties)) yield* requiredMembers(member, [...path, name]);
  const items = schema['items'] as Record<string, unknown> | undefined;
  if (items !== undefined) yield* requiredMembers(items, [...path, 0]);
}

function without(payload: unknown, path: (string | number)[]): unknown {
  const copy = structuredClone(payload);
  const parent = path.slice(0, -1).reduce((here, part) => (here as never)[part], copy);
  assert.ok(delete (parent as Record<string, unknown>)[path.at(-1) as string]);
  return copy;
}

for (const contract of catalogue.contracts) {
  describe(`contract ${contract.name} v${contract.version}`, () => {
    it('has an example that matches its schema', () => {
      assert.deepEqual(contract.parse(contract.example), contract.example);
    });

    it('refuses unknown members', () => {
      const extended = { ...(contract.example as object), surprise: true };
      assert.deepEqual(contract.violations(extended), [
        { pointer: '/surprise', message: 'is not a known member' },
      ]);
    });

    const paths = [...requiredMembers(contract.schema as Record<string, unknown>)];
    it('requires something', () => assert.ok(paths.length > 0));
    for (const path of paths) {
      const pointer = `/${path.join('/')}`;
      it(`refuses its example without ${pointer}`, () => {
        assert.throws(
          () => contract.parse(without(contract.example, path)),
          (error: unknown) =>
            error instanceof ContractViolationError &&
            error.violations.some(
              (violation) => violation.pointer === pointer && violation.message === 'is required',
            ),
        );
      });
    }
  });
}
