-- oldest-binary: 1
-- What a migration may hold; quotes "of" all 'kinds' in a comment too.
CREATE TABLE shelves(id INT NOT NULL PRIMARY KEY, title VARCHAR(100) NOT NULL);
INSERT INTO shelves VALUES(1, 'a;b'), (2, '汉字 \\ R"x(');
