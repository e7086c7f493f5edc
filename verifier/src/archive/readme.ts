import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import type { OpenedLog } from '../open-log.ts'

/** What stands on the stick in Korean and English. Holds no date, so that the same ledger gives the same archive. */
export function readme({ manifest, checkpoint, checkpointNote }: OpenedLog): string {
  const { id, title } = manifest
  const signers = checkpointNote
    .split('\n')
    .filter((line) => line.startsWith('— '))
    .map((line) => `  ${line.split(' ')[1]}`)
  const policy = parsePolicy(manifest.policies.seen)
  const witnessCount = policy.ok ? policy.value.witnesses.length : 0
  return `${title.ko}
${title.en}

${id}
${checkpoint.size} records / 기록 ${checkpoint.size}건
root / 뿌리 해시: ${toBase64(checkpoint.root)}
signed by / 서명:
${signers.join('\n')}

한국어
======
이 압축 파일에는 이 선거의 공개 원장 전체가 들어 있습니다. 투표 하나하나는 암호화되어 있고, 누가 무엇을 골랐는지는
들어 있지 않습니다. 누구나 복사하고 보관하고 다시 계산해 볼 수 있습니다.

1. 확인하기. Node.js 20.19 이상과 hanpyo가 필요하며, 압축을 풀 필요도 인터넷도 필요 없습니다.
     npx hanpyo verify 파일.zip --manifest-hash <공고문 해시> --explain ko
   공고문 해시(64자리)는 이 파일이 아니라 인쇄된 공고에서 옮겨 적으세요. 이 파일을 만든 사람을 믿지 않아도 되도록 하기
   위해서입니다.
2. 파일이 온전한지 보기.
     npx hanpyo fsck 파일.zip --manifest-hash <공고문 해시> --explain ko
   hanpyo 없이도 압축을 풀고 "sha256sum -c SHA256SUMS"로 볼 수 있습니다.
3. 화면으로 보기. 압축을 풀고 그 폴더에서 "python3 -m http.server 8000"을 실행한 다음 브라우저에서
   http://localhost:8000/board/ 를 여세요. (board 폴더가 있을 때)

폴더: checkpoint = 서명된 크기와 뿌리 해시, tile/entries = 기록, tile/0, tile/1 … = 해시, blob = 목록과 증명,
manifest.note = 공고문, witnesses = 증인 ${witnessCount}곳이 각자 보여 준 서명, SHA256SUMS = 모든 파일의 해시.

English
=======
This archive holds the whole public ledger of this election. Every ballot in it is encrypted; who chose what is not in it.
Anybody may copy it, keep it and compute everything again.

1. Verify it. You need Node.js 20.19 or later and hanpyo; nothing has to be unpacked, and no network.
     npx hanpyo verify FILE.zip --manifest-hash <hash of the manifest> --explain en
   Copy the hash (64 digits) from the printed announcement and not from this archive, so that you need not trust whoever
   made it.
2. Check the files.
     npx hanpyo fsck FILE.zip --manifest-hash <hash of the manifest>
   Without hanpyo: unpack it and run "sha256sum -c SHA256SUMS".
3. Look at it. Unpack it, run "python3 -m http.server 8000" in that folder and open http://localhost:8000/board/ in a
   browser (when there is a folder "board").

Folders: checkpoint = signed size and root, tile/entries = records, tile/0, tile/1 … = hashes, blob = lists and proofs,
manifest.note = the announcement, witnesses = what ${witnessCount} witnesses each show, SHA256SUMS = hashes of all files.
`
}
