import { pino } from 'pino';
import { describeError } from './describe-error.ts';
import { type Trace, traceLogFields } from './trace.ts';

/** The severities of Cloud Logging that services use, least first. */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What varies from line to line. */
export interface LogFields {
  readonly [name: string]: unknown;
  /** A thrown value: written with its code, stack and causes. */
  readonly error?: unknown;
  /** Joins the line to a trace. */
  readonly trace?: Trace;
}

/** Writes one line per event: a constant message, and fields for what varies. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  /** Normal, but worth an operator's look. */
  notice(message: string, fields?: LogFields): void;
  /** May need a person if it goes on. */
  warning(message: string, fields?: LogFields): void;
  /** Something failed. Log a failure once, where it is handled. */
  error(message: string, fields?: LogFields): void;
  /** A person must act now. */
  critical(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to each line. Fields of the line itself win. */
  child(fields: LogFields): Logger;
}

/** Settings of {@link createLogger}. */
export interface LoggerOptions {
  /** The least severity that is written. Default `info`. */
  level?: LogLevel;
  /** The service and its version, as Error Reporting groups by them. */
  service: string;
  version: string;
  /** The Google Cloud project, for the full name of a line's trace. */
  project?: string;
  /** Where the lines go. Default: standard output, written at once so that a crash loses none. */
  destination?: { write(line: string): void };
  /** Milliseconds since the epoch, for `time`. Default: the machine's clock. */
  clockNowMs?: () => number;
}

const LEVEL_VALUES = { debug: 20, info: 30, notice: 35, warning: 40, error: 50, critical: 60 } as const;

// A field of these names would be written beside ours, twice in one object; readers would see either.
const RESERVED = new Set(['severity', 'time', 'message']);

/**
 * Makes a logger that writes Cloud Logging's structured JSON, one object a line: `severity`, `message`, `time`,
 * `serviceContext` and the fields. At `error` and above with an error, `stack_trace` holds its stack, where Error
 * Reporting looks for it.
 * Source: https://cloud.google.com/logging/docs/structured-logging and
 * https://cloud.google.com/error-reporting/docs/formatting-error-messages
 */
export function createLogger(options: LoggerOptions): Logger {
  const { clockNowMs = Date.now } = options;
  const root = pino(
    {
      level: options.level ?? 'info',
      customLevels: LEVEL_VALUES,
      useOnlyCustomLevels: true,
      messageKey: 'message',
      base: null,
      timestamp: () => `,"time":"${new Date(clockNowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ severity: label.toUpperCase() }) },
      // A cause chain is deeper than pino's default of 5; objects beyond this are cut, not followed.
      depthLimit: 12,
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  );
  const write: WriteLine = (level, message, fields) => {
    if (root.isLevelEnabled(level)) root[level](lineFields(level, fields, options.project), message);
  };
  return loggerWith(write, { serviceContext: { service: options.service, version: options.version } });
}

type WriteLine = (level: LogLevel, message: string, fields: LogFields) => void;

// pino's own children repeat a key that the line has too; merging here writes each key once.
function loggerWith(write: WriteLine, bound: LogFields): Logger {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) =>
    write(level, message, fields ? { ...bound, ...fields } : bound);
  return {
    debug: at('debug'),
    info: at('info'),
    notice: at('notice'),
    warning: at('warning'),
    error: at('error'),
    critical: at('critical'),
    child: (fields) => loggerWith(write, { ...bound, ...fields }),
  };
}

function lineFields(
  level: LogLevel,
  { error, trace, ...fields }: LogFields,
  project: string | undefined,
): Record<string, unknown> {
  const line: Record<string, unknown> = trace ? { ...traceLogFields(trace, project) } : {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    line[RESERVED.has(name) ? `${name}_` : name] = value instanceof Error ? describeError(value) : value;
  }
  if (error !== undefined) {
    const description = describeError(error);
    line['error'] = description;
    if (LEVEL_VALUES[level] >= LEVEL_VALUES.error && description.stack !== undefined) {
      line['stack_trace'] = description.stack;
    }
  }
  return line;
}
