import assert from 'node:assert/strict';
import { generateKeyPair } from 'jose';
import { type ConsoleTestBed, OPERATOR, startConsoleTestBed, VIEWER } from '../../test/console-test-bed.ts';

const WHY = 'The sender wrote it anew';

/** What an action is done to. */
interface Targets {
  /** A dead letter. */
  readonly dead: string;
  /** A task that waits. */
  readonly waiting: string;
}

/** One thing that operators can do. */
interface GuardedAction {
  readonly name: string;
  /** Where its form is sent, and what it holds besides reason and token. */
  readonly path: (targets: Targets) => string;
  readonly fields?: (targets: Targets) => Record<string, string>;
  /** Where it is confirmed, as the query of its page; undefined: at its path. Null: it shows something, no more. */
  readonly confirmedAt?: ((targets: Targets) => string) | null;
  /** What programs send to `/api` and its path. Undefined: programs can't. */
  readonly api?: Record<string, unknown>;
  /** As the trail names it and what it is done to. */
  readonly recorded: (targets: Targets) => readonly [action: string, target: string];
  readonly prepare?: (bed: ConsoleTestBed, targets: Targets) => Promise<unknown>;
}

const edited = { text: 'Dear Bob', state: 'whole' };
const queueName = (bed: ConsoleTestBed): string =>
  bed.tasks.cloudTasks.queuePath('test-bed', 'us-central1', 'letters');

const ACTIONS: readonly GuardedAction[] = [
  {
    name: 'replaying a dead letter',
    path: ({ dead }) => `/tasks/${dead}/replay`,
    api: {},
    recorded: ({ dead }) => ['replay', `tasks/${dead}`],
  },
  {
    name: 'replaying a dead letter with an edited payload',
    path: ({ dead }) => `/tasks/${dead}/replay`,
    fields: () => ({ payload: JSON.stringify(edited) }),
    api: { payload: edited },
    recorded: ({ dead }) => ['replay with a mended payload', `tasks/${dead}`],
  },
  {
    name: 'discarding a dead letter',
    path: ({ dead }) => `/tasks/${dead}/discard`,
    api: {},
    recorded: ({ dead }) => ['discard', `tasks/${dead}`],
  },
  {
    name: 'running a task now',
    path: ({ waiting }) => `/tasks/${waiting}/run`,
    api: {},
    recorded: ({ waiting }) => ['run', `tasks/${waiting}`],
  },
  {
    name: 'cancelling a task',
    path: ({ waiting }) => `/tasks/${waiting}/cancel`,
    api: {},
    recorded: ({ waiting }) => ['cancel', `tasks/${waiting}`],
  },
  {
    name: 'looking at a payload',
    path: ({ dead }) => `/tasks/${dead}/reveal`,
    confirmedAt: null,
    api: {},
    recorded: ({ dead }) => ['show values', `tasks/${dead}`],
  },
  {
    name: 'opening a payload to edit it',
    path: ({ dead }) => `/tasks/${dead}/mend`,
    confirmedAt: null,
    recorded: ({ dead }) => ['show values', `tasks/${dead}`],
  },
  ...(['replay', 'discard'] as const).flatMap((action): GuardedAction[] => [
    {
      name: `${action} of chosen dead letters`,
      path: () => `/dead-letters/${action}`,
      fields: ({ dead }) => ({ id: dead }),
      confirmedAt: ({ dead }) => `?id=${dead}`,
      recorded: () => [action, '1 dead letter'],
    },
    {
      name: `${action} of all dead letters`,
      path: () => `/dead-letters/${action}`,
      fields: () => ({ all: '1', until: '9999999999999', total: '1' }),
      confirmedAt: () => '?all=1',
      recorded: () => [action, '1 dead letter'],
    },
  ]),
  ...(['pause', 'resume', 'purge'] as const).map(
    (action): GuardedAction => ({
      name: `${action} of a queue`,
      path: () => `/queues/letters/${action}`,
      ...(action === 'purge' && { fields: () => ({ name: 'letters' }) }),
      ...(action === 'resume' && {
        prepare: (bed) => bed.tasks.cloudTasks.pauseQueue({ name: queueName(bed) }),
      }),
      api: action === 'purge' ? { name: 'letters' } : {},
      recorded: () => [action, 'queues/letters'],
    }),
  ),
  {
    name: 'erasing a subject',
    path: () => '/erase',
    fields: () => ({ subject: 'parcels/1', name: 'parcels/1' }),
    confirmedAt: () => '?subject=parcels/1',
    api: { subject: 'parcels/1' },
    recorded: () => ['erase', 'parcels/1'],
    prepare: (bed, { dead }) => bed.tasks.firestore.doc(`tasks/${dead}`).update({ subject: 'parcels/1' }),
  },
  {
    name: 'moving the local clock',
    path: () => '/local/advance',
    fields: () => ({ by: '1 hour' }),
    confirmedAt: () => '?by=1%20hour',
    recorded: () => ['advance', 'clock, by 1 hour'],
  },
  {
    name: 'killing a local process',
    path: () => '/local/kill',
    fields: () => ({ process: 'worker' }),
    confirmedAt: () => '?process=worker',
    recorded: () => ['kill', 'worker'],
  },
];

for (const action of ACTIONS) {
  describe(`${action.name} is done`, function () {
    this.timeout(30_000);
    const { path, fields = () => ({}), confirmedAt = () => '', api, recorded } = action;
    let bed: ConsoleTestBed;
    let targets: Targets;
    let before: unknown;

    beforeEach(async () => {
      bed = await startConsoleTestBed();
      targets = { dead: await bed.letter(), waiting: await bed.letter('Dear Bob', 'whole', 3_600) };
      await action.prepare?.(bed, targets);
      before = await world();
    });
    afterEach(() => bed.close());

    /** Everything that an action could change. */
    async function world(): Promise<unknown> {
      const { cloudTasks, firestore } = bed.tasks;
      const [queue] = await cloudTasks.getQueue({ name: queueName(bed) });
      return {
        records: await Promise.all([targets.dead, targets.waiting].map((id) => bed.tasks.record(id))),
        queue: queue.state,
        waiting: (await cloudTasks.listTasks({ parent: queueName(bed) }))[0].map(({ name }) => name),
        trail: (await firestore.collection('operatorActions').get()).size,
        told: [...bed.stack.told],
      };
    }
    const form = (): Record<string, string> => ({ why: WHY, ...fields(targets) });
    const body = (): object => ({ why: WHY, ...api });
    const unchanged = async (): Promise<void> => assert.deepEqual(await world(), before);

    it('by operators alone, and offered to nobody else', async () => {
      const refused = await bed.post(path(targets), form(), { as: VIEWER });
      assert.equal(refused.status, 403);
      assert.match(refused.text, /ROLE_MISSING/);
      assert.doesNotMatch(refused.text, /Dear /);
      if (confirmedAt !== null) {
        const confirm = await bed.get(`${path(targets)}${confirmedAt(targets)}`, { as: VIEWER });
        assert.equal(confirm.status, 403);
      }
      if (api !== undefined) {
        const program = await bed.api(`/api${path(targets)}`, body(), { as: VIEWER });
        assert.equal(program.status, 403);
        assert.equal(JSON.parse(program.text).code, 'ROLE_MISSING');
      }
      for (const page of [
        `/tasks/${targets.dead}`,
        `/tasks/${targets.waiting}`,
        '/dead-letters',
        '/queues',
        '/tasks?subject=letters/1',
        '/local',
      ]) {
        const { text } = await bed.get(page, { as: VIEWER });
        const main = text.slice(text.indexOf('<main'));
        assert.doesNotMatch(main, /method="post"|class="button/, page);
      }
      await unchanged();
    });

    it('with no assertion of IAP that is missing, expired, for another app, or signed by another', async () => {
      const { token } = await bed.get('/contracts');
      const forged = [
        null,
        OPERATOR,
        await bed.iap.assert(OPERATOR, { issuedSecondsAgo: 700 }),
        await bed.iap.assert(OPERATOR, { audience: '/projects/2/apps/other' }),
        await bed.iap.assert(OPERATOR, { issuer: 'https://accounts.google.com' }),
        await bed.iap.assert(OPERATOR, { key: (await generateKeyPair('ES256')).privateKey }),
        await bed.iap.assert('eve@example.com'),
      ];
      for (const assertion of forged) {
        const page = await bed.post(path(targets), form(), { assertion, token });
        assert.equal(page.status, 403);
        assert.equal(JSON.parse(page.text).code, 'ACCESS_DENIED');
        const program = await bed.api(`/api${path(targets)}`, body(), { assertion });
        assert.equal(program.status, 403);
        assert.equal(JSON.parse(program.text).code, 'ACCESS_DENIED');
      }
      await unchanged();
    });

    it('by a form that this console gave to this person', async () => {
      const { token } = await bed.get('/contracts');
      const { token: others } = await bed.get('/contracts', { as: VIEWER });
      assert.notEqual(token, others);
      for (const wrong of [null, '', 'x', others, `${token}x`]) {
        const { status, text } = await bed.post(path(targets), form(), { token: wrong });
        assert.equal(status, 403);
        assert.match(text, /FORM_FORGED/);
      }
      // The token alone, from a browser that does not have its cookie.
      const bare = { token, headers: { cookie: '__Host-console=' } };
      assert.equal((await bed.post(path(targets), form(), bare)).status, 403);
      const elsewhere = { headers: { 'sec-fetch-site': 'cross-site' } };
      assert.equal((await bed.post(path(targets), form(), elsewhere)).status, 403);
      if (api !== undefined) {
        assert.equal((await bed.api(`/api${path(targets)}`, body(), elsewhere)).status, 403);
        const asForm = { headers: { 'content-type': 'text/plain' } };
        assert.equal((await bed.api(`/api${path(targets)}`, body(), asForm)).status, 415);
      }
      await unchanged();
    });

    it('never by a GET', async () => {
      await bed.get(`${path(targets)}?${new URLSearchParams(form())}`);
      await bed.get(`/api${path(targets)}?${new URLSearchParams(form())}`);
      await unchanged();
    });

    if (confirmedAt !== null) {
      it('once it is confirmed, with a reason', async () => {
        const confirm = await bed.get(`${path(targets)}${confirmedAt(targets)}`);
        assert.equal(confirm.status, 200);
        assert.match(confirm.text, /name="why" required/);
        for (const why of ['', '   ', 'x'.repeat(1_001)]) {
          assert.equal((await bed.post(path(targets), { ...form(), why })).status, 400);
          if (api === undefined) continue;
          assert.equal((await bed.api(`/api${path(targets)}`, { ...api, why })).status, 400);
        }
        await unchanged();
      });
    }

    it('and is then on the page of actions: who, what, to what, why, when', async () => {
      assert.ok([200, 303].includes((await bed.post(path(targets), form())).status));
      await bed.tasks.whenIdle();
      assert.notDeepEqual(await world(), before);
      const [entry] = (await bed.tasks.firestore.collection('operatorActions').get()).docs;
      const why = confirmedAt === null ? '' : WHY;
      const { at, expireAt, ...told } = entry?.data() ?? {};
      assert.ok(expireAt.toMillis() > at.toMillis());
      const [name, target] = recorded(targets);
      assert.deepEqual(told, { by: OPERATOR, action: name, target, why, outcome: 'done' });
      const { text } = await bed.get('/actions');
      for (const part of [OPERATOR, name, target, why, at.toDate().toISOString()]) {
        assert.ok(text.slice(text.indexOf('<main')).includes(part), part);
      }
      if (api === undefined) return;
      await bed.api(`/api${path(targets)}`, body());
      assert.equal((await bed.tasks.firestore.collection('operatorActions').get()).size, 2);
    });
  });
}
