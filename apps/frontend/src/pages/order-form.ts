import { MAX_AHEAD_DAYS } from '@waybill/orders';
import { ServiceError } from '@waybill/service-kit';

/** What somebody entered on the shop's page, as it is: to be shown again where it is wrong. */
export interface EnteredOrder {
  readonly email: string;
  /** By product id. */
  readonly quantities: ReadonlyMap<string, string>;
  readonly paymentMethod: string;
  /** As `datetime-local` gives it, in a zone that is `utcOffsetMinutes` ahead of UTC. */
  readonly processAt: string;
  readonly utcOffsetMinutes: string;
}

/** What is wrong, by the name of the field; `items` is the choice of products as a whole. */
export type FieldErrors = ReadonlyMap<string, string>;

/** The field of a product's quantity. */
export function quantityField(productId: string): string {
  return `${QUANTITY_PREFIX}${productId}`;
}

const QUANTITY_PREFIX = 'quantity.';
/** More fields than the largest shop has. */
const MAX_QUANTITIES = 500;
const MAX_OFFSET_MINUTES = 14 * 60;

export const EMPTY_ORDER: EnteredOrder = {
  email: '',
  quantities: new Map(),
  paymentMethod: '',
  processAt: '',
  utcOffsetMinutes: '0',
};

/** What a form holds, unchecked. */
export function enteredOrder(form: URLSearchParams): EnteredOrder {
  const text = (name: string): string => form.get(name)?.trim() ?? '';
  const quantities = [...form]
    .filter(([name]) => name.startsWith(QUANTITY_PREFIX))
    .slice(0, MAX_QUANTITIES)
    .map(([name, value]) => [name.slice(QUANTITY_PREFIX.length), value.trim()] as const);
  return {
    email: text('email'),
    quantities: new Map(quantities),
    paymentMethod: text('paymentMethod'),
    processAt: text('processAt'),
    utcOffsetMinutes: text('utcOffsetMinutes'),
  };
}

/** What was entered as the body of POST /api/orders, which says what an order must be. */
export function orderBodyOf(entered: EnteredOrder): { body: unknown; productIds: readonly string[] } {
  const chosen = [...entered.quantities].filter(([, quantity]) => quantity !== '' && !/^0+$/.test(quantity));
  const { email, paymentMethod, processAt } = entered;
  const items = chosen.map(([productId, quantity]) => ({
    productId,
    quantity: /^\d{1,9}$/.test(quantity) ? Number(quantity) : quantity,
  }));
  return {
    productIds: chosen.map(([productId]) => productId),
    body: {
      email,
      items,
      ...(paymentMethod !== '' && { paymentMethod }),
      ...(processAt !== '' && { processAt: timeOf(entered) }),
    },
  };
}

/** What was entered, as a time with its zone; left as it is where it is none, to be refused. */
function timeOf({ processAt, utcOffsetMinutes }: EnteredOrder): string {
  const offset = /^-?\d{1,3}$/.test(utcOffsetMinutes) ? Number(utcOffsetMinutes) : 0;
  if (Math.abs(offset) > MAX_OFFSET_MINUTES) return processAt;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(processAt)) return processAt;
  const atMs = Date.parse(`${processAt}Z`);
  return Number.isNaN(atMs) ? processAt : new Date(atMs - offset * 60_000).toISOString();
}

/** Messages by field. */
const FIELD_MESSAGES: Readonly<Record<string, string>> = {
  email: 'Enter an e-mail address, such as ada@example.com',
  items: 'Choose at least one product, and at most 50',
  paymentMethod: 'Choose what to pay with',
  processAt: 'Enter a day and a time, such as 2026-11-30 10:04, or nothing',
};

/** Messages by the code of a refusal that no single field causes, each with the field that shows it. */
const REFUSALS: Readonly<Record<string, readonly [field: string, message: string]>> = {
  MIXED_CURRENCIES: ['items', 'These products have different currencies: make it two orders'],
  AMOUNT_TOO_LARGE: ['items', 'That is more than we can charge at once: make it several orders'],
  TOO_FAR_AHEAD: ['processAt', `Enter a day at most ${MAX_AHEAD_DAYS} days from now, or nothing`],
};

/**
 * What a refused order's form is to say.
 * @param productIds of the items that were sent, in their order
 * @returns undefined for an error that is not about what was entered
 */
export function fieldErrorsOf(error: unknown, productIds: readonly string[]): FieldErrors | undefined {
  if (!(error instanceof ServiceError)) return undefined;
  const refusal = REFUSALS[error.code];
  if (refusal !== undefined) return new Map([refusal]);
  if (error.code !== 'ORDER_INVALID' && error.code !== 'PRODUCT_UNKNOWN') return undefined;
  const errors = (error.problem['errors'] ?? []) as readonly { pointer: string }[];
  return new Map(errors.map(({ pointer }) => fieldError(pointer, productIds, error.code)));
}

function fieldError(pointer: string, productIds: readonly string[], code: string): [string, string] {
  const [, name = '', index = '', member = ''] = pointer.split('/');
  const productId = name === 'items' ? productIds[Number(index)] : undefined;
  if (index === '' || productId === undefined) {
    const field = name in FIELD_MESSAGES ? name : 'items';
    return [field, FIELD_MESSAGES[field] ?? ''];
  }
  if (code === 'PRODUCT_UNKNOWN') return ['items', 'One of the products is not sold any more'];
  if (member === 'quantity') return [quantityField(productId), 'Enter a whole number from 0 to 1000'];
  return ['items', 'One of the products is not known'];
}
