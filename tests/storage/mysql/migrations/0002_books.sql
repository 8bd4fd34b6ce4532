-- oldest-binary: 1
CREATE TABLE books(id INT NOT NULL PRIMARY KEY, shelf INT NOT NULL, KEY by_shelf(shelf));
