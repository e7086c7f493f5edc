/** In the folder of every mirror: what it has cosigned, and below it the copy of the ledger. */
export const MIRROR_STORE_FILE = 'cosigned.sqlite'
export const COPY_FOLDER = 'copy'
