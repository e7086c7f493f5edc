export const TEXT_DICTIONARY = '제안합니다'
