-- oldest-binary: 4
-- The twelve kinds of formalism and bureaucracy, three to each of the four aspects, in short words of ours: an
-- installation gives them the wording it is told to use. A code that is taken already stays what it is.

INSERT INTO case_categories (id, version, parent, display_name, retired, create_time, update_time, details) VALUES
  ('bureaucracy-decisions-slogans', 1, 'bureaucracy-decisions', '空喊口号,表态多调门高、行动少落实差', FALSE, '2025-01-01', '2025-01-01', ''),
  ('bureaucracy-decisions-relaying', 1, 'bureaucracy-decisions', '以会议贯彻会议、以文件落实文件,照搬照转', FALSE, '2025-01-01', '2025-01-01', ''),
  ('bureaucracy-decisions-bending', 1, 'bureaucracy-decisions', '执行政策打折扣、搞变通或层层加码', FALSE, '2025-01-01', '2025-01-01', ''),
  ('bureaucracy-masses-indifference', 1, 'bureaucracy-masses', '漠视群众利益和疾苦,推诿扯皮、冷硬横推', FALSE, '2025-01-01', '2025-01-01', ''),
  ('bureaucracy-masses-service', 1, 'bureaucracy-masses', '窗口单位办事效率低、服务态度差,便民平台形同虚设', FALSE, '2025-01-01', '2025-01-01', ''),
  ('bureaucracy-masses-promises', 1, 'bureaucracy-masses', '言而无信,新官不理旧事', FALSE, '2025-01-01', '2025-01-01', ''),
  ('bureaucracy-duties-inaction', 1, 'bureaucracy-duties', '不担当、不作为、慢作为、假作为', FALSE, '2025-01-01', '2025-01-01', ''),
  ('bureaucracy-duties-recklessness', 1, 'bureaucracy-duties', '违反规定程序乱决策、乱拍板、乱作为', FALSE, '2025-01-01', '2025-01-01', ''),
  ('bureaucracy-duties-falsehood', 1, 'bureaucracy-duties', '弄虚作假,编造经验、典型、数据,瞒报谎报情况', FALSE, '2025-01-01', '2025-01-01', ''),
  ('bureaucracy-style-study', 1, 'bureaucracy-style', '学风不正,学用脱节', FALSE, '2025-01-01', '2025-01-01', ''),
  ('bureaucracy-style-meetings', 1, 'bureaucracy-style', '文山会海,会议文件过多过长、空洞无物', FALSE, '2025-01-01', '2025-01-01', ''),
  ('bureaucracy-style-inspections', 1, 'bureaucracy-style', '检查考核过多过滥、过度留痕,调研走过场', FALSE, '2025-01-01', '2025-01-01', '')
ON DUPLICATE KEY UPDATE id = VALUES(id);
