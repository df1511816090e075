import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { defineCatalogue, defineUntypedContract, type TaskContract } from '@waybill/contract-kit';
import { DeploymentError } from '../deployment-error.ts';
import { type Command, shellText } from '../process/command.ts';
import { deployAll, deployOrder } from './deploy-all.ts';
import { type DeployTools, deployService } from './deploy-service.ts';
import type { SmokeResult } from './smoke-test.ts';
import { type TaskSchemas, taskSchemasOf } from './task-schemas.ts';

const APP_YAML = (service: string) =>
  `runtime: nodejs24\nservice: ${service}\nentrypoint: node dist/main.mjs\n`;

describe('deployService()', () => {
  let rootDir: string;
  let events: string[];
  let printed: string[];
  let smokeResult: SmokeResult;
  let uploaded: { file: string; text: string; mode: number } | undefined;

  beforeEach(() => {
    rootDir = mkdtempSync(join(tmpdir(), 'deploy-test-'));
    for (const [folder, service] of [
      ['frontend', 'default'],
      ['worker', 'worker'],
    ] as const) {
      for (const path of [`apps/${folder}/app.yaml`, `.stage/${folder}/app.yaml`]) {
        mkdirSync(dirname(join(rootDir, path)), { recursive: true });
        writeFileSync(join(rootDir, path), APP_YAML(service));
      }
    }
    const secrets = ['STRIPE_API_KEY', 'SMTP_URL', 'WAREHOUSE_URL', 'WAREHOUSE_SECRET'];
    writeFileSync(join(rootDir, 'apps/worker/package.json'), JSON.stringify({ waybill: { secrets } }));
    writeFileSync(join(rootDir, 'dispatch.yaml'), 'dispatch: []\n');
    events = [];
    printed = [];
    smokeResult = 'serves';
    uploaded = undefined;
  });
  afterEach(() => rmSync(rootDir, { recursive: true }));

  const tools = (failing?: string, answers: Record<string, string> = {}): DeployTools => {
    const may = (event: string): void => {
      events.push(event);
      if (failing !== undefined && event.includes(failing)) throw new DeploymentError(`${failing} failed`);
    };
    return {
      stage: async (folder) => {
        may('stage');
        return join(rootDir, '.stage', folder);
      },
      rehearse: async () => may('rehearse'),
      smokeTest: async (url, paths) => {
        may(`smoke ${url} ${paths.join(' ')}`);
        return smokeResult;
      },
      run: async (command: Command) => {
        const text = shellText(command);
        may(text);
        const named = command.find((part) => part.endsWith('app.yaml'));
        if (named !== undefined) {
          // Commands are run at the root.
          const file = resolve(rootDir, named);
          uploaded = { file, text: readFileSync(file, 'utf8'), mode: statSync(dirname(dirname(file))).mode };
        }
        const answered = Object.entries(answers).find(([part]) => text.includes(part))?.[1];
        return answered ?? (text.includes('secrets versions describe') ? 'enabled\n' : '');
      },
      print: (line) => printed.push(line),
    };
  };
  const answers = {
    'app versions describe': 'https://v2-dot-worker-dot-demo.uc.r.appspot.com\n',
    'services describe': '{"split": {"allocations": {"v1": 1}}}',
  };
  const definition = {
    name: 'fold-letter',
    version: 1,
    description: 'Folds a letter.',
    queue: 'letters',
    schema: {
      type: 'object',
      additionalProperties: false,
      required: ['id'],
      properties: { id: { type: 'string' } },
    },
    example: { id: 'a' },
  };
  const contract = (id: object): TaskContract =>
    defineUntypedContract({ ...definition, schema: { ...definition.schema, properties: { id } } });
  const before = contract({ type: 'string', maxLength: 5 });
  const now = contract({ type: 'string', maxLength: 9 });
  const entry = ({ schema, schemaHash }: TaskContract) => ({
    recordedOn: '2026-01-01',
    schemaHash,
    schema,
    fixtures: [],
  });
  const histories = [{ contract: 'fold-letter', version: 1, published: [entry(before), entry(now)] }];
  const taskSchemas = taskSchemasOf(defineCatalogue([now]), histories);
  const options = { project: 'demo', version: 'v2', dryRun: false, secrets: true, taskSchemas };
  /** The environment of a deployed version that reads a schema. */
  const reads = (schemas: TaskSchemas = taskSchemas): string =>
    JSON.stringify({ envVariables: { TASK_SCHEMAS: schemas.valueFor('worker') } });
  const allAnswers = {
    ...{ 'services list': 'default\nworker\nconsole\n', 'json(envVariables)': reads() },
    ...answers,
  };

  it('stages, rehearses, uploads without traffic, tries the version, then promotes it', async () => {
    await deployService({ rootDir, folder: 'worker', ...options }, tools(undefined, answers));
    assert.deepEqual(
      events.map((event) => event.replace(/\S+\/stage\/app\.yaml/, 'COPY')),
      [
        'stage',
        'rehearse',
        "gcloud secrets versions describe latest --secret=STRIPE_API_KEY --project=demo --format='value(state)'",
        "gcloud secrets versions describe latest --secret=SMTP_URL --project=demo --format='value(state)'",
        "gcloud secrets versions describe latest --secret=WAREHOUSE_URL --project=demo --format='value(state)'",
        "gcloud secrets versions describe latest --secret=WAREHOUSE_SECRET --project=demo --format='value(state)'",
        'gcloud app deploy COPY --project=demo --version=v2 --service-account=waybill-worker@demo.iam.gserviceaccount.com --no-promote --quiet',
        "gcloud app versions describe v2 --service=worker --project=demo --format='value(versionUrl)'",
        "gcloud app services describe worker --project=demo --format='json(split.allocations,networkSettings.ingressTrafficAllowed)'",
        'smoke https://v2-dot-worker-dot-demo.uc.r.appspot.com /readyz',
        'gcloud app services set-traffic worker --splits=v2=1 --project=demo --quiet',
      ],
    );
    assert.ok(
      printed.includes(
        '  To go back (first the services that send it tasks: docs/deploy.md): gcloud app services set-traffic worker --splits=v1=1 --project=demo --quiet',
      ),
    );
  });

  it('goes on, and says so, where Identity-Aware Proxy keeps it from asking the version', async () => {
    smokeResult = 'behind-iap';
    await deployService({ rootDir, folder: 'worker', ...options }, tools(undefined, answers));
    assert.match(printed.join('\n'), /Identity-Aware Proxy stands before it\. .* the rehearsal alone/);
    assert.match(events.at(-1) ?? '', /set-traffic/);
  });

  it('does not ask a version that nobody outside may reach', async () => {
    const ingressTrafficAllowed = 'INGRESS_TRAFFIC_ALLOWED_INTERNAL_ONLY';
    const described = JSON.stringify({ split: {}, networkSettings: { ingressTrafficAllowed } });
    await deployService(
      { rootDir, folder: 'worker', ...options },
      tools(undefined, { ...answers, 'services describe': described }),
    );
    assert.ok(!events.some((event) => event.startsWith('smoke')));
    assert.match(printed.join('\n'), /The ingress of "worker" is INGRESS_TRAFFIC_ALLOWED_INTERNAL_ONLY/);
    assert.match(events.at(-1) ?? '', /set-traffic/);
  });

  it('puts references to secrets into a copy of the stage, never reads a value, and takes the copy away', async () => {
    await deployService({ rootDir, folder: 'worker', ...options }, tools(undefined, answers));
    assert.match(
      uploaded?.text ?? '',
      /STRIPE_API_KEY: secret:\/\/projects\/demo\/secrets\/STRIPE_API_KEY\/versions\/latest\n/,
    );
    assert.doesNotMatch(events.join('\n'), /versions access/);
    assert.equal((uploaded?.mode ?? 0) & 0o077, 0);
    assert.equal(existsSync(uploaded?.file ?? rootDir), false);
    assert.equal(readFileSync(join(rootDir, '.stage/worker/app.yaml'), 'utf8'), APP_YAML('worker'));
  });

  it('keeps the version of a secret that app.yaml names', async () => {
    const pinned = 'secret://projects/demo/secrets/SMTP_URL/versions/7';
    for (const folder of ['apps/worker', '.stage/worker']) {
      const text = `${APP_YAML('worker')}env_variables:\n  SMTP_URL: ${pinned}\n`;
      writeFileSync(join(rootDir, folder, 'app.yaml'), text);
    }
    await deployService({ rootDir, folder: 'worker', ...options }, tools(undefined, answers));
    assert.match(
      uploaded?.text ?? '',
      /SMTP_URL: secret:\/\/projects\/demo\/secrets\/SMTP_URL\/versions\/7\n/,
    );
    assert.ok(!events.some((event) => event.includes('--secret=SMTP_URL')));
  });

  it('uploads nothing where the newest version of a secret is disabled', async () => {
    const deploying = deployService(
      { rootDir, folder: 'worker', ...options },
      tools(undefined, { ...answers, 'secret=SMTP_URL': 'DISABLED\n' }),
    );
    await assert.rejects(
      deploying,
      /The newest version of the secret SMTP_URL is disabled\nNothing was uploaded/,
    );
    assert.equal(uploaded, undefined);
  });

  it('takes the copy away too where the upload fails', async () => {
    await assert.rejects(deployService({ rootDir, folder: 'worker', ...options }, tools('app deploy')));
    assert.ok(events.some((event) => event.includes('app deploy')));
    const copy = events.find((event) => event.includes('app deploy'))?.split(' ')[3];
    assert.equal(existsSync(copy ?? rootDir), false);
  });

  for (const [failing, step, how] of [
    ['stage', 1, 'Nothing was changed. Mend it, then: npm run deploy -w apps/worker -- --project demo'],
    ['rehearse', 2, 'Nothing was uploaded.'],
    ['secret=SMTP_URL', 3, 'tools/deploy/bootstrap.sh makes the secret SMTP_URL'],
    ['app deploy', 3, 'No traffic was moved. Then again: npm run deploy -w apps/worker -- --project demo'],
    [
      'app versions describe',
      4,
      'To remove it: gcloud app versions delete v2 --service=worker --project=demo --quiet',
    ],
    ['smoke', 4, 'To see its log: gcloud app logs read --service=worker --version=v2 --project=demo'],
    [
      'set-traffic',
      5,
      'To go on: gcloud app services set-traffic worker --splits=v2=1 --project=demo --quiet',
    ],
  ] as const) {
    it(`says how to go on or back when "${failing}" fails, and stops there`, async () => {
      const failed = await deployService(
        { rootDir, folder: 'worker', ...options },
        tools(failing, answers),
      ).catch((error: unknown) => error);
      assert.ok(failed instanceof DeploymentError);
      assert.ok(failed.message.startsWith(`worker, step ${step} of 5: ${failing} failed\n`), failed.message);
      assert.ok(failed.message.includes(how), failed.message);
      assert.ok(events.at(-1)?.includes(failing));
    });
  }

  it('prints the same commands in a dry run, and does nothing', async () => {
    await deployService({ rootDir, folder: 'worker', ...options, dryRun: true }, tools());
    assert.deepEqual(events, []);
    const commands = printed.filter((line) => line.startsWith('  $ ')).map((line) => line.slice(4));
    const stagedYaml = join('.stage/worker', 'app.yaml');
    assert.deepEqual(
      commands.map((command) => command.split(' ').slice(0, 4).join(' ')),
      [
        'npm run stage -w',
        'npm run rehearse -w',
        ...Array.from({ length: 4 }, () => 'gcloud secrets versions describe'),
        `gcloud app deploy ${stagedYaml}`,
        'gcloud app versions describe',
        'gcloud app services describe',
        'gcloud app services set-traffic',
      ],
    );
  });

  describe('of a service that sends tasks', () => {
    const deployFront = (told: Record<string, string>, canaryPercent?: number): Promise<void> => {
      const all = tools(undefined, { ...told, ...allAnswers, ...told });
      return canaryPercent === undefined
        ? deployService({ rootDir, folder: 'frontend', ...options }, all)
        : deployAll(['frontend', 'worker'], { rootDir, ...options, canaryPercent }, all);
    };
    const older = {
      'json(envVariables)': reads(
        taskSchemasOf(
          defineCatalogue([before]),
          histories.map((history) => ({ ...history, published: [entry(before)] })),
        ),
      ),
    };

    it('goes on where each version with traffic of its readers reads them', async () => {
      const split = { 'services describe': '{"split": {"allocations": {"v1": 0.5, "v0": 0.5, "old": 0}}}' };
      await deployFront(split);
      const asked = events.filter((event) => event.includes('json(envVariables)'));
      assert.deepEqual(
        asked.map((event) => event.match(/describe (\w+) --service=worker/)?.[1]),
        ['v1', 'v0'],
      );
      assert.match(events.at(-1) ?? '', /set-traffic default/);
    });

    it('is refused before anything is staged where a reader does not read them', async () => {
      for (const [told, reason] of [
        [older, /it reads fold-letter v1 by the schema of 2026-01-01/],
        [
          { 'json(envVariables)': '{"envVariables": {"TASK_SCHEMAS": "read-letter/v1=abc"}}' },
          /it does not know fold-letter v1/,
        ],
        [
          { 'json(envVariables)': '{"envVariables": {"TASK_SCHEMAS": "fold-letter/v1=abc"}}' },
          /by a schema that is not recorded \(abc\)/,
        ],
        [{ 'json(envVariables)': 'null' }, /it has no TASK_SCHEMAS/],
      ] as const) {
        events = [];
        await assert.rejects(deployFront(told), (error: Error) => {
          assert.match(error.message, reason);
          assert.match(error.message, /Version v1 of "worker" has traffic/);
          assert.match(error.message, /Nothing was changed.*npm run deploy -- --project demo$/);
          return true;
        });
        assert.ok(!events.includes('stage'));
      }
    });

    it('takes a reader that accepts more than is sent', async () => {
      const wider = { ...histories[0], published: [entry(now), entry(before)] } as (typeof histories)[0];
      const narrow = { ...options, taskSchemas: taskSchemasOf(defineCatalogue([before]), [wider]) };
      await deployService({ rootDir, folder: 'frontend', ...narrow }, tools(undefined, allAnswers));
      assert.match(events.at(-1) ?? '', /set-traffic default/);
    });

    it('is refused as a canary beside a worker that does not read them', async () => {
      await assert.rejects(deployFront(older, 10), /Version v1 of "worker" has traffic/);
      assert.ok(!events.some((event) => event.includes('set-traffic')));
    });

    it('goes on where the readers are not there yet', async () => {
      await deployFront({ 'services list': 'default\n' });
      assert.match(printed.join('\n'), /There is no service "worker" yet/);
    });

    it('is refused with a contract that is not recorded, or is what the generator made', () => {
      const placeholder = histories.map((history) => ({
        ...history,
        published: [{ ...entry(now), placeholder: true as const }],
      }));
      for (const recorded of [[], placeholder]) {
        assert.throws(() => taskSchemasOf(defineCatalogue([now]), recorded), {
          name: 'DeploymentError',
          message:
            /fold-letter v1\. Nothing was changed\. First: npm run contracts:check -- --record fold-letter$/,
        });
      }
    });
  });

  describe('of all', () => {
    it('deploys the worker before the front, and cron.yaml and dispatch.yaml last', async () => {
      const all = tools(undefined, allAnswers);
      await deployAll(['frontend', 'worker'], { rootDir, ...options }, all);
      const uploads = events.filter((event) => event.startsWith('gcloud app deploy'));
      assert.deepEqual(
        uploads.map((event) => event.match(/waybill-\w+|cron\.yaml dispatch\.yaml/)?.[0]),
        ['waybill-worker', 'waybill-frontend', 'cron.yaml dispatch.yaml'],
      );
    });

    it('puts a canary beside what serves: worker and front, pinned to each other, the front with a share', async () => {
      const all = tools(undefined, allAnswers);
      const routed: unknown[] = [];
      const run: DeployTools['run'] = async (command, how) => {
        const answer = await all.run(command, how);
        if (command[2] === 'deploy') routed.push(uploaded?.text.match(/TASK_ROUTING_VERSION: .*/)?.[0]);
        return answer;
      };
      const folders = ['console', 'frontend', 'worker'];
      await deployAll(folders, { rootDir, ...options, canaryPercent: 10 }, { ...all, run });
      assert.deepEqual(routed, ['TASK_ROUTING_VERSION: worker=v2', 'TASK_ROUTING_VERSION: worker=v2']);
      assert.deepEqual(
        events.filter((event) => /set-traffic|cron/.test(event)),
        ['gcloud app services set-traffic default --splits=v2=10,v1=90 --project=demo --quiet'],
      );
      assert.ok(
        printed.includes(
          '  To go back: gcloud app services set-traffic default --splits=v1=1 --project=demo --quiet',
        ),
      );
    });

    describe('with two services that do tasks', () => {
      const bill = defineUntypedContract({ ...definition, name: 'bill-letter', service: 'billing' });
      const two = taskSchemasOf(defineCatalogue([now, bill]), [
        ...histories,
        { contract: 'bill-letter', version: 1, published: [entry(bill)] },
      ]);
      const folders = ['billing', 'console', 'frontend', 'worker'];
      const readsBoth = `TASK_SCHEMAS": "${two.valueFor('worker')} ${two.valueFor('billing')}`;
      const told = {
        ...allAnswers,
        'services list': 'default\nworker\nbilling\nconsole\n',
        'json(envVariables)': `{"envVariables": {"${readsBoth}"}}`,
      };
      const deployCanary = async (canaryServices?: readonly string[]): Promise<string[]> => {
        const all = tools(undefined, told);
        const routed: string[] = [];
        const run: DeployTools['run'] = async (command, how) => {
          const answer = await all.run(command, how);
          const service = /waybill-(\w+)/.exec(shellText(command))?.[1];
          const pinned = /TASK_ROUTING_VERSION: (.*)/.exec(uploaded?.text ?? '')?.[1];
          if (command[2] === 'deploy') routed.push(`${service}: ${pinned}`);
          return answer;
        };
        const canary = { canaryPercent: 10, ...(canaryServices && { canaryServices }) };
        await deployAll(
          folders,
          { rootDir, ...options, secrets: false, taskSchemas: two, ...canary },
          { ...all, run },
        );
        return routed;
      };

      beforeEach(() => {
        for (const path of ['apps/billing/app.yaml', '.stage/billing/app.yaml']) {
          mkdirSync(dirname(join(rootDir, path)), { recursive: true });
          writeFileSync(join(rootDir, path), APP_YAML('billing'));
        }
      });

      it('puts a canary of both beside what serves', async () => {
        const pinned = 'billing=v2 worker=v2';
        assert.deepEqual(await deployCanary(), [
          `billing: ${pinned}`,
          `worker: ${pinned}`,
          `frontend: ${pinned}`,
        ]);
      });

      it('pins no version that a service does not have', async () => {
        assert.deepEqual(await deployCanary(['billing']), ['billing: billing=v2', 'frontend: billing=v2']);
        await assert.rejects(deployCanary(['console']), {
          message: '--canary-services must name services that do tasks (billing, worker), got console',
        });
      });

      it('gives each its own account, before the front', async () => {
        for (const folder of ['console']) {
          for (const path of [`apps/${folder}/app.yaml`, `.stage/${folder}/app.yaml`]) {
            mkdirSync(dirname(join(rootDir, path)), { recursive: true });
            writeFileSync(join(rootDir, path), APP_YAML(folder));
          }
        }
        await deployAll(
          folders,
          { rootDir, ...options, secrets: false, taskSchemas: two },
          tools(undefined, told),
        );
        const uploads = events.filter((event) => event.startsWith('gcloud app deploy'));
        assert.deepEqual(
          uploads.flatMap((event) => event.match(/waybill-\w+/)?.[0] ?? []),
          ['waybill-billing', 'waybill-worker', 'waybill-console', 'waybill-frontend'],
        );
      });
    });

    it('uploads nothing with a dispatch.yaml that takes tasks away from the worker', async () => {
      const rule = 'dispatch:\n- url: "*/tasks/*"\n  service: default\n';
      writeFileSync(join(rootDir, 'dispatch.yaml'), rule);
      const all = tools(undefined, allAnswers);
      await assert.rejects(
        deployAll(['frontend', 'worker'], { rootDir, ...options }, all),
        /dispatch\.yaml: the rule \*\/tasks\/\* → default takes tasks or cron away/,
      );
      assert.deepEqual(events, []);
    });

    for (const [failing, how] of [
      ['services list', 'Nothing was changed. Put it right, then again: npm run deploy -- --project demo'],
      [
        'cron.yaml dispatch.yaml',
        'The services are deployed and serve; cron and dispatch rules are as before. To go on: gcloud app deploy cron.yaml dispatch.yaml --project=demo --quiet',
      ],
    ] as const) {
      it(`says how to go on when "${failing}" fails`, async () => {
        const all = tools(failing, allAnswers);
        await assert.rejects(deployAll(['frontend', 'worker'], { rootDir, ...options }, all), {
          name: 'DeploymentError',
          message: `${failing} failed\n${how}`,
        });
      });
    }

    it('puts no canary beside nothing', async () => {
      await assert.rejects(
        deployAll(['frontend', 'worker'], { rootDir, ...options, canaryPercent: 10 }, tools()),
        /demo has no version that serves yet/,
      );
    });

    it('stops at the first that fails', async () => {
      const all = tools('rehearse', { 'services list': 'default\n' });
      await assert.rejects(
        deployAll(['frontend', 'worker'], { rootDir, ...options }, all),
        /^DeploymentError: worker, step 2/,
      );
      assert.deepEqual(events.slice(1), ['stage', 'rehearse']);
    });

    it('begins with the front in a project that has no default service, for App Engine wants it so', () => {
      const order = (hasDefault: boolean, ...readers: string[]): string[] =>
        deployOrder(['console', 'frontend', 'mailer', 'worker'], { hasDefault, readers });
      assert.deepEqual(order(false, 'worker'), ['frontend', 'worker', 'console', 'mailer']);
      assert.deepEqual(order(true, 'worker'), ['worker', 'console', 'mailer', 'frontend']);
      assert.deepEqual(order(true, 'worker', 'mailer'), ['mailer', 'worker', 'console', 'frontend']);
    });
  });
});
