import assert from 'node:assert/strict';
import { type Client, credentials, type Metadata, makeGenericClientConstructor, status } from '@grpc/grpc-js';
import { writeJson } from '@waybill/emulator-kit/rest';
import { loadDescriptors } from '../../src/grpc/descriptors.ts';
import { loadMessageTypes } from '../../src/rest/message-types.ts';

/** A response in the terms of gRPC, whatever transport it came by: messages as the JSON of REST. */
export interface Outcome {
  /** The name of the gRPC status code. */
  readonly code: string;
  /** The refusal's text; '' on success. */
  readonly message: string;
  readonly details: unknown[];
  // biome-ignore lint/suspicious/noExplicitAny: each test looks into its own response
  readonly response: any;
  /** The response in the form of REST; absent for a refusal. */
  // biome-ignore lint/suspicious/noExplicitAny: each test looks into its own response
  readonly json?: any;
}

/** Calls the methods of the API over one transport. */
export interface Transport {
  readonly name: 'gRPC' | 'REST';
  call(method: string, request: object): Promise<Outcome>;
  close(): void;
}

const HTTP_METHODS: Record<string, [method: string, suffix: string, body?: string]> = {
  ListQueues: ['GET', '/queues'],
  GetQueue: ['GET', ''],
  CreateQueue: ['POST', '/queues', 'queue'],
  UpdateQueue: ['PATCH', '', 'queue'],
  DeleteQueue: ['DELETE', ''],
  PurgeQueue: ['POST', ':purge', '*'],
  PauseQueue: ['POST', ':pause', '*'],
  ResumeQueue: ['POST', ':resume', '*'],
  ListTasks: ['GET', '/tasks'],
  GetTask: ['GET', ''],
  CreateTask: ['POST', '/tasks', '*'],
  DeleteTask: ['DELETE', ''],
  RunTask: ['POST', ':run', '*'],
  BatchCreateTasks: ['POST', '/tasks:batchCreate', '*'],
  BatchDeleteTasks: ['POST', '/tasks:batchDelete', '*'],
  GetIamPolicy: ['POST', ':getIamPolicy', '*'],
  SetIamPolicy: ['POST', ':setIamPolicy', '*'],
  TestIamPermissions: ['POST', ':testIamPermissions', '*'],
  GetCmekConfig: ['GET', ''],
  UpdateCmekConfig: ['PATCH', '', 'cmekConfig'],
  GetOperation: ['GET', ''],
  LeaseTasks: ['POST', '/tasks:lease', '*'],
  AcknowledgeTask: ['POST', ':acknowledge', '*'],
  RenewLease: ['POST', ':renewLease', '*'],
  CancelLease: ['POST', ':cancelLease', '*'],
};

type Version = 'v2' | 'v2beta3' | 'v2beta2';

/** The API over REST; requests and responses are in JSON's form, an update mask is a text. */
export function restTransport(port: number, version: Version = 'v2'): Transport {
  return {
    name: 'REST',
    async call(method, request) {
      const [http, suffix, bodyField] = HTTP_METHODS[method] ?? ['', ''];
      const { name, parent, resource, queue, cmekConfig, ...rest } = request as Record<string, unknown> & {
        queue?: { name: string };
        cmekConfig?: { name: string };
      };
      const path = name ?? parent ?? resource ?? queue?.name ?? cmekConfig?.name;
      const query = bodyField === '*' ? '' : `?${new URLSearchParams(rest as Record<string, string>)}`;
      const body = bodyField === '*' ? rest : bodyField && { queue, cmekConfig }[bodyField];
      const answer = await fetch(`http://127.0.0.1:${port}/${version}/${path}${suffix}${query}`, {
        method: http,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const json = (await answer.json()) as {
        error?: { status: string; message: string; details?: unknown[] };
      };
      const { error } = json;
      // An operation has such a member too.
      return answer.ok || error === undefined
        ? { code: 'OK', message: '', details: [], response: json, json }
        : { code: error.status, message: error.message, details: error.details ?? [], response: undefined };
    },
    close() {},
  };
}

/** The API over gRPC, by descriptors that have every field of the service's API. */
export function grpcTransport(port: number, version: Version = 'v2'): Transport {
  const descriptors = loadDescriptors();
  const types = loadMessageTypes();
  const service = `google.cloud.tasks.${version}.CloudTasks`;
  const operations = 'google.longrunning.Operations';
  const open = (name: string): Client => {
    const RawClient = makeGenericClientConstructor(descriptors.service(name), name);
    return new RawClient(`127.0.0.1:${port}`, credentials.createInsecure());
  };
  const cloudTasks = open(service);
  const longRunning = open(operations);
  return {
    name: 'gRPC',
    call(method, request) {
      const isOperation = method.endsWith('Operation') || method.endsWith('Operations');
      const client = isOperation ? longRunning : cloudTasks;
      const definition = types.lookupService(isOperation ? operations : service).methods[method];
      const toJson = (response: unknown) =>
        writeJson(
          definition?.resolvedResponseType ?? assert.fail(method),
          response as Record<string, unknown>,
          { enumsAsNumbers: false },
        );
      const send = Reflect.get(client, method) as (
        request: object,
        done: (
          error: { code: status; details: string; metadata: Metadata } | null,
          response: unknown,
        ) => void,
      ) => void;
      return new Promise((resolve) =>
        send.call(client, request, (error, response) =>
          resolve({
            code: status[error?.code ?? status.OK] ?? '',
            message: error?.details ?? '',
            details: error ? detailsOf(error.metadata) : [],
            response,
            ...(error === null && { json: toJson(response) }),
          }),
        ),
      );
    },
    close() {
      cloudTasks.close();
      longRunning.close();
    },
  };

  /** The details of a refusal as REST shows them. */
  function detailsOf(metadata: Metadata): unknown[] {
    const [encoded] = metadata.get('grpc-status-details-bin');
    if (!(encoded instanceof Buffer)) return [];
    const { details } = descriptors.rpcStatus.deserialize(encoded) as {
      details: { type_url: string; value: Buffer }[];
    };
    return details.map(({ type_url: url, value }) => {
      const type = url.split('.').at(-1) as keyof typeof descriptors.errorDetails;
      return { '@type': url, ...descriptors.errorDetails[type].deserialize(value) };
    });
  }
}
