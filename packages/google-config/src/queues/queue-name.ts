export const MAX_NAME_LENGTH = 100;
export const QUEUE_NAME = /^[A-Za-z0-9-]{1,100}$/;
export const QUEUE_NAME_RULE = `1 to ${MAX_NAME_LENGTH} letters, digits and hyphens`;
