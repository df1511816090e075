/** Default of open streams of one client: a quarter of an instance's. */
export const MAX_STREAMS_PER_CLIENT = 10;
