CREATE TABLE ds.nums AS
SELECT * FROM UNNEST(ARRAY<STRUCT<id INT64, n INT64, x FLOAT64, d NUMERIC, s STRING, b BOOL>>[
  (1, 10, 1.5, NUMERIC '1.5', 'a', TRUE),
  (2, NULL, CAST('nan' AS FLOAT64), NUMERIC '-2', 'b', FALSE),
  (3, -3, CAST('inf' AS FLOAT64), NULL, '', NULL),
  (4, 10, CAST('-inf' AS FLOAT64), NUMERIC '0.000000001', NULL, TRUE),
  (5, 0, NULL, NUMERIC '1.5', 'B', FALSE),
  (6, 7, -0.0, NUMERIC '100', 'a', TRUE),
  (7, NULL, CAST('nan' AS FLOAT64), NUMERIC '-2', 'é', NULL),
  (8, 5, 0.0, NUMERIC '0', 'z', FALSE)]);
CREATE TABLE ds.moments AS
SELECT * FROM UNNEST(ARRAY<STRUCT<id INT64, d DATE, t TIME, dt DATETIME, ts TIMESTAMP>>[
  (1, DATE '2024-02-29', TIME '00:00:00', DATETIME '2024-02-29 12:30:00', TIMESTAMP '2024-03-10 06:59:59+00'),
  (2, DATE '2023-12-31', TIME '23:59:59.999999', DATETIME '2023-12-31 23:59:59.999999', TIMESTAMP '2024-03-10 07:00:00+00'),
  (3, NULL, NULL, NULL, NULL),
  (4, DATE '0001-01-01', TIME '12:00:00', DATETIME '0001-01-01 00:00:00', TIMESTAMP '0001-01-01 00:00:00+00'),
  (5, DATE '9999-12-31', TIME '06:30:00', DATETIME '9999-12-31 23:59:59.999999', TIMESTAMP '9999-12-31 23:59:59.999999+00')]);
CREATE TABLE ds.Games AS
SELECT * FROM UNNEST(ARRAY<STRUCT<Game_ID INT64, Player STRING, TEAM STRING, points INT64, day DATE>>[
  (1, 'ann', 'X', 10, DATE '2026-01-01'),
  (2, 'ann', 'X', 20, DATE '2026-01-02'),
  (3, 'bob', 'X', NULL, DATE '2026-01-01'),
  (4, 'bob', 'Y', 5, DATE '2026-01-03'),
  (5, 'cy', 'Y', 20, DATE '2026-01-02'),
  (6, 'cy', NULL, 0, DATE '2026-01-04')]);
CREATE TABLE ds.players AS
SELECT * FROM UNNEST(ARRAY<STRUCT<player STRING, age INT64>>[('ann', 30), ('cy', NULL), ('dee', 25), (NULL, 99)]);
CREATE TABLE ds.orders AS
SELECT * FROM UNNEST(ARRAY<STRUCT<id INT64, tags ARRAY<STRING>, items ARRAY<STRUCT<sku STRING, qty INT64, marks ARRAY<INT64>>>, place STRUCT<city STRING, zip STRUCT<code INT64>>>>[
  (1, ['red', 'blue'], [STRUCT('p' AS sku, 2 AS qty, [1, 2] AS marks), ('q', 1, ARRAY<INT64>[])], STRUCT('Rome' AS city, STRUCT(100 AS code) AS zip)),
  (2, ARRAY<STRING>[], ARRAY<STRUCT<sku STRING, qty INT64, marks ARRAY<INT64>>>[], STRUCT('Oslo' AS city, STRUCT(CAST(NULL AS INT64) AS code) AS zip)),
  (3, ['blue'], [STRUCT('p' AS sku, CAST(NULL AS INT64) AS qty, [3] AS marks)], NULL)]);
CREATE TABLE ds.docs AS
SELECT id, IF(id = 3, NULL, text) AS text FROM UNNEST(ARRAY<STRUCT<id INT64, text STRING>>[
  (1, '{"a": {"b": [1, 2.5, "x"]}, "n": null, "t": true, "s": "q\\"u"}'),
  (2, '{"a": '),
  (3, ''),
  (4, '[10, {"k": "v"}]'),
  (5, '"just text"')]);
