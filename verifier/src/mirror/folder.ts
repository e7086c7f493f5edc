/** In the folder of every mirror: what it has cosigned, and below it the copy of the ledger. */
export const MIRROR_STORE_FILE = 'cosigned.sqlite'
export const COPY_FOLDER = 'copy'
/** Every head that was shown, one a line. */
export const HISTORY_FILE = 'history.jsonl'
/** Texts of proposals: beside the copy, because they may have to be erased. */
export const TEXTS_FOLDER = 'texts'
