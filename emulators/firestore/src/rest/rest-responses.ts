import type { ServerResponse } from 'node:http';
import {
  HTTP_STATUS,
  type ResponseForm,
  type RestRefusal,
  restErrorBody,
  sendRestError,
  sendRestJson,
  writeJson,
} from '@waybill/emulator-kit/rest';
import type { Type } from 'protobufjs';
import type { RestResponses } from './rest-call.ts';
import { refusalOfFailure } from './rest-refusal.ts';

/** Responses to a request that may have been refused before it was read. */
export interface RefusableResponses extends RestResponses {
  refuse(refusal: RestRefusal): void;
}

/** Sends the one message of a unary call. */
export function singleMessage(response: ServerResponse, type: Type, form: ResponseForm): RefusableResponses {
  const refuse = (refusal: RestRefusal): void => sendRestError(response, refusal, form.isPretty);
  return {
    message(message) {
      const json = writeJson(type, message as Record<string, unknown>, form);
      sendRestJson(response, 200, json, form.isPretty);
      return true;
    },
    end() {},
    fail: (failure) => refuse(refusalOfFailure(failure)),
    refuse,
  };
}

/** Sends the messages of a streamed call as a JSON array, each as soon as it is there. A failure is an element, too. */
export function messageArray(response: ServerResponse, type: Type, form: ResponseForm): RefusableResponses {
  const start = (status: number): void => {
    if (response.headersSent) return;
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  };
  let isFirst = true;
  const element = (json: object): boolean => {
    const text = form.isPretty ? JSON.stringify(json, null, 2) : JSON.stringify(json);
    const separator = isFirst ? '[' : ',\r\n';
    isFirst = false;
    return response.write(`${separator}${text}`);
  };
  const refuse = (refusal: RestRefusal): void => {
    start(HTTP_STATUS[refusal.status]);
    element(restErrorBody(refusal));
    response.end(']\n');
  };
  return {
    message(message) {
      start(200);
      return element(writeJson(type, message as Record<string, unknown>, form));
    },
    end() {
      start(200);
      response.end(isFirst ? '[]\n' : ']\n');
    },
    fail: (failure) => refuse(refusalOfFailure(failure)),
    refuse,
  };
}
