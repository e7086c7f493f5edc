export function compileMsm(): Promise<Uint8Array>
