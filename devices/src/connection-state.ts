/** Whether a device can be reached now. It is looked for again by itself, so `offline` may end at any moment. */
export type ConnectionState = 'online' | 'offline'
