/**
 * The preset dictionary of text coding 1, as UTF-8: what residents' proposals are full of, most common last, because
 * the distance to what comes last is coded shortest. A constant of the protocol: its SHA-256 stands in
 * docs/protocol.md, and a better dictionary would be another coding.
 */
export const TEXT_DICTIONARY: string = [
  ' I suggest that the district should please install more with for the and in of to on at our we need there is a the ',
  ' Please add a bench at the bus stop. Children and older people cannot cross the street safely. Residents would like ',
  'because it is dark at night. playground library parking crossing traffic light street lamp community centre park school ',
  '어르신 장애인 청소년 어린이 아이들 학부모 임산부 반려동물 강아지 자전거 전동 킥보드 쓰레기 분리수거 재활용 음식물 악취 소음 층간소음 미세먼지 ',
  '주차장 주차 공간 불법 주차 단속 공영 주차장 주민센터 구청 동사무소 도서관 체육관 수영장 경로당 복지관 어린이집 유치원 초등학교 중학교 고등학교 ',
  '아파트 단지 골목길 산책로 하천 공원 놀이터 운동기구 화장실 벤치 그늘막 나무 꽃밭 텃밭 가로등 보안등 신호등 횡단보도 육교 인도 차도 보도블록 ',
  '버스 정류장 지하철역 마을버스 노선 배차 간격 시간표 엘리베이터 경사로 계단 CCTV 카메라 와이파이 무료 프로그램 강좌 교육 일자리 예산 지원 사업 ',
  '밤에는 너무 어두워서 위험합니다. 사고가 날 뻔했습니다. 불편합니다. 부족합니다. 필요합니다. 주민들이 이용할 수 있는 공간이 없습니다. ',
  '안전하게 다닐 수 있도록 설치해 주세요. 설치해 주시기 바랍니다. 늘려 주세요. 만들어 주세요. 고쳐 주세요. 바꿔 주세요. 운영해 주세요. 개선해 주셨으면 합니다. ',
  '있으면 좋겠습니다. 했으면 합니다. 부탁드립니다. 감사합니다. 생각합니다. 제안합니다. 우리 동네 주민 앞 근처 주변 많은 사람들이 때문에 그래서 하지만 그리고 ',
  '하는 것이 에서 에게 으로 까지 부터 보다 입니다. 습니다. 합니다. 있습니다. 없습니다. 해 주세요. 을 를 이 가 은 는 에 도 의 ',
].join('')
