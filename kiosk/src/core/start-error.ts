import { OPEN_BOX_ADVICE, type OpenBoxError } from './box/open-box.ts'
import type { ElectionError } from './election.ts'

export type StartError =
  | OpenBoxError
  | ElectionError
  | 'election-files-missing'
  | 'device-key'
  | 'device-uri'
  | 'staff-file-malformed'
  | 'bridge-key'
  | 'bridge-unknown'
  | 'wifi-files-missing'
  | 'ledger-files-missing'
  | 'token-file'
  | 'already-running'

/** What a technician does when the core refuses to start. The core exits with 1 and does not try again by itself. */
export const START_ADVICE: Readonly<Record<StartError, string>> = {
  ...OPEN_BOX_ADVICE,
  'manifest-note': 'manifest.note is not a signed note. Copy the election folder again.',
  'manifest-signature':
    'The signature of manifest.note is wrong. Copy the election folder again from the authority.',
  'manifest-text': 'The manifest is not in its canonical form. Copy the election folder again.',
  'manifest-schema': 'The manifest does not fit this version of the software. Update the kiosk.',
  'manifest-inconsistent': 'The manifest contradicts itself. Tell the election authority.',
  'manifest-keys':
    'The keys in the manifest do not fit together. Do not open the polls; tell the election authority.',
  'authority-not-trusted':
    'The manifest is signed by another authority than the one in the configuration. Do not open the polls; tell the election authority.',
  'credential-list-mismatch':
    'The credential list is not the one the manifest commits to. Copy the election folder again.',
  'support-list-mismatch':
    'The list of support keys is not the one the manifest commits to. Copy the election folder again.',
  'kiosk-slot-missing':
    'This election has no slot for this kiosk id. Check the kiosk id in the configuration.',
  'election-files-missing':
    'manifest.note or the blob of a key list is missing. Check electionDir in the configuration.',
  'device-key':
    'The device key cannot be used. Make it with "hanpyo kiosk request", and let nobody else read it.',
  'device-uri':
    'The address of a device cannot be understood. Check scanner, printer and lamp in the configuration.',
  'staff-file-malformed':
    'The file with the staff PINs cannot be read. Make it anew with "hanpyo kiosk staff".',
  'bridge-key': 'The manifest holds an unusable bridge key. Tell the election authority.',
  'bridge-unknown':
    'The configuration names a bridge that this election does not have, or one twice. Compare [wifi], [[bridges]] and lora.bridges with the manifest.',
  'wifi-files-missing':
    'A certificate or key file of [wifi] or [[bridges]] is missing. Finish the enrolment of this kiosk.',
  'ledger-files-missing':
    'A certificate or key file of [ledger] is missing or unusable. Finish the enrolment of this kiosk, or take ca, cert and key out of [ledger].',
  'token-file': 'The shell token file cannot be written. Check shell.tokenFile in the configuration.',
  'already-running': 'Another core already works on this data folder. Stop it first.',
}
