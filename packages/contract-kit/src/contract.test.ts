import assert from 'node:assert/strict';
import { defineContract } from './contract.ts';
import type { ContractDefinition } from './contract-definition.ts';
import { ContractViolationError } from './errors.ts';

const definition = {
  name: 'fold-letter',
  version: 1,
  description: 'Folds a letter.',
  queue: 'letters',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['pages'],
    properties: { pages: { type: 'integer', minimum: 1 }, paper: { enum: ['A4', 'A5'] } },
  },
  example: { pages: 1 },
} as const;

describe('defineContract()', () => {
  it('fills in path, service, deadline and limits', () => {
    const contract = defineContract(definition);
    assert.equal(contract.path, '/tasks/fold-letter/v1');
    assert.equal(contract.service, 'worker');
    assert.equal(contract.deadlineSeconds, 60);
    assert.deepEqual(contract.limits, { maxAttempts: 5, maxAgeSeconds: 86_400 });
    assert.equal(contract.survivesPurge, false);
    assert.equal(defineContract({ ...definition, survivesPurge: true }).survivesPurge, true);
  });

  it('names every problem of a definition at once', () => {
    const broken: ContractDefinition = {
      ...definition,
      name: 'Fold Letter',
      version: 0,
      queue: '',
      deadlineSeconds: 900,
    };
    assert.throws(() => defineContract(broken as never), {
      code: 'CONTRACT_DEFINITION',
      message:
        /kebab case.*version must be.*queue must be.*deadlineSeconds must be a whole number from 1 to 570, got 900/,
    });
  });

  it('derives the subject of a task from its payload, by a template', () => {
    const contract = defineContract({ ...definition, subject: 'letters/{pages}' });
    assert.equal(contract.subject, 'letters/{pages}');
    assert.equal(contract.subjectOf({ pages: 3 }), 'letters/3');
    assert.equal(contract.subjectOf({}), undefined);
    assert.equal(defineContract(definition).subjectOf({ pages: 3 }), undefined);
    assert.throws(() => defineContract({ ...definition, subject: 'letters/{paper}' }), {
      code: 'CONTRACT_DEFINITION',
      message: /subject: "paper" is no required member/,
    });
  });

  it('declares outcomes, by names that differ', () => {
    const contract = defineContract({ ...definition, outcomes: ['too-thick', 'no-paper'] });
    const outcome: 'too-thick' | 'no-paper' | undefined = contract.outcomes[0];
    assert.equal(outcome, 'too-thick');
    assert.deepEqual(defineContract(definition).outcomes, []);
    for (const outcomes of [['Too Thick'], ['a', 'a'], 'declined', [7], null]) {
      assert.throws(() => defineContract({ ...definition, outcomes } as never), {
        code: 'CONTRACT_DEFINITION',
        message: /outcomes must/,
      });
    }
  });

  for (const delaySeconds of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e12, 315_360_001, '60']) {
    it(`refuses a delay of ${delaySeconds}`, () => {
      assert.throws(() => defineContract({ ...definition, delaySeconds } as never), {
        code: 'CONTRACT_DEFINITION',
        message: /delaySeconds must be a number from 0 to 315360000/,
      });
    });
  }

  for (const key of [
    'queue',
    'service',
    'deadlineSeconds',
    'delaySeconds',
    'limits',
    'survivesPurge',
  ] as const) {
    it(`refuses null as ${key}`, () => {
      assert.throws(() => defineContract({ ...definition, [key]: null } as never), {
        code: 'CONTRACT_DEFINITION',
        message: new RegExp(`${key} must be .*null`),
      });
    });
  }

  it('refuses a schema with an unknown keyword or format', () => {
    for (const pages of [
      { type: 'integer', minimun: 1 },
      { type: 'string', format: 'emial' },
    ]) {
      const contract = defineContract({
        ...definition,
        schema: { ...definition.schema, properties: { pages } },
      } as never);
      assert.throws(() => contract.violations({}), {
        code: 'CONTRACT_DEFINITION',
        message: /schema: .*(minimun|emial)/,
      });
    }
  });

  it('hashes the schema, not the order in which it was written', () => {
    const { type, ...rest } = definition.schema;
    const reordered = defineContract({ ...definition, schema: { ...rest, type } });
    const changed = defineContract({ ...definition, schema: { ...definition.schema, required: [] } });
    assert.equal(reordered.schemaHash, defineContract(definition).schemaHash);
    assert.notEqual(changed.schemaHash, reordered.schemaHash);
  });
});

describe('contract.parse()', () => {
  const contract = defineContract(definition);

  for (const [name, payload, message] of [
    ['a wrong type', { pages: 'ten' }, 'Task "fold-letter" v1: /pages must be integer, got string'],
    ['a missing member', {}, 'Task "fold-letter" v1: /pages is required'],
    ['a value out of bounds', { pages: 0 }, 'Task "fold-letter" v1: /pages must be >= 1'],
    [
      'a value not listed',
      { pages: 1, paper: 'A3' },
      'Task "fold-letter" v1: /paper must be one of "A4", "A5"',
    ],
    ['null', null, 'Task "fold-letter" v1: / must be object, got null'],
    ['an array', [], 'Task "fold-letter" v1: / must be object, got array'],
    [
      'two problems',
      { pages: null, 'a/b': 1 },
      'Task "fold-letter" v1: /a~1b is not a known member; /pages must be integer, got null',
    ],
  ] as const) {
    it(`names the place and the kind of ${name}`, () => {
      assert.throws(() => contract.parse(payload), { code: 'CONTRACT_VIOLATION', retryable: false, message });
    });
  }

  it('never repeats a value, which may be personal', () => {
    assert.throws(
      () => contract.parse({ pages: 'ada@example.com', paper: 'ada@example.com' }),
      (error: unknown) =>
        error instanceof ContractViolationError &&
        !JSON.stringify(error).includes('ada') &&
        !error.message.includes('ada'),
    );
  });
});
